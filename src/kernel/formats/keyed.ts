/**
 * The kernel's file formats, parsed from bytes.
 * https://docs.kernel.org/admin-guide/cgroup-v2.html#interface-files
 * https://docs.kernel.org/admin-guide/cgroup-v1/cgroups.html
 */
import { parseDecimal, MALFORMED, parseFixedPoint } from './decimal.ts';
import { KeyTable } from './key-table.ts';

/** What is wrong with a file's content. The kernel ends every line, so a last line without end was cut. */
export type Fault = 'empty' | 'truncated' | 'malformed';

/**
 * Takes the wanted numbers out of a file's content `bytes[0, length)` and puts each in its slot in `out`.
 * A number that is not there leaves its slot as it was. What could be read before a fault has been stored.
 */
export type Parser = (bytes: Uint8Array, length: number, out: Float64Array) => Fault | undefined;

/** A wanted number: its address in the file and its slot in the output. */
export interface Wanted {
  /** Form depends on the format, see each parser. */
  readonly key: string;
  readonly slot: number;
}

const NEWLINE = 10;
const SPACE = 32;
const EQUALS = 61;
const COLON = 58;

/** Position of the next newline at or after `start`, or `length`. */
export function lineEnd(bytes: Uint8Array, start: number, length: number): number {
  let index = start;
  while (index < length && bytes[index] !== NEWLINE) index++;
  return index;
}

/** Position of the next space or newline at or after `start`, or `length`. */
export function wordEnd(bytes: Uint8Array, start: number, length: number): number {
  let index = start;
  while (index < length && bytes[index] !== SPACE && bytes[index] !== NEWLINE) index++;
  return index;
}

/** Position of the first byte at or after `start` that is no space, or `length`. */
export function skipSpaces(bytes: Uint8Array, start: number, length: number): number {
  let index = start;
  while (index < length && bytes[index] === SPACE) index++;
  return index;
}

/** Checks that the content is there and its last line complete. */
export function checkComplete(bytes: Uint8Array, length: number): Fault | undefined {
  if (length === 0) return 'empty';
  return bytes[length - 1] === NEWLINE ? undefined : 'truncated';
}

/**
 * Values separated by spaces, on one line; `key` is the position, `0` for the first.
 *
 *     max 100000
 */
export function valuesParser(wanted: readonly Wanted[]): Parser {
  const slots = new Map(wanted.map(({ key, slot }) => [Number(key), slot]));
  return (bytes, length, out) => {
    const fault = checkComplete(bytes, length);
    if (fault !== undefined) return fault;
    let valid = true;
    for (let start = 0, position = 0; start < length; position++) {
      const end = wordEnd(bytes, start, length);
      const slot = slots.get(position);
      if (slot !== undefined) {
        const value = parseDecimal(bytes, start, end);
        if (value === MALFORMED) valid = false;
        else out[slot] = value;
      }
      start = end + 1;
    }
    return valid ? undefined : 'malformed';
  };
}

/**
 * Flat keyed; `key` is the first word of the line.
 *
 *     anon 479232
 *     file 4096
 */
export function flatKeyedParser(wanted: readonly Wanted[]): Parser {
  const table = new KeyTable(wanted.map(({ key }) => key));
  const slots = Int32Array.from(wanted, ({ slot }) => slot);
  return (bytes, length, out) => {
    let valid = true;
    for (let start = 0; start < length;) {
      const gap = keyEnd(bytes, start, length);
      const end = lineEnd(bytes, gap, length);
      if (end === length) break;
      const found = table.find(bytes, start, gap);
      if (found >= 0) {
        const value = parseDecimal(bytes, skipBlanks(bytes, gap, end), end);
        if (value === MALFORMED) valid = false;
        else out[slots[found] as number] = value;
      }
      start = end + 1;
    }
    return checkComplete(bytes, length) ?? (valid ? undefined : 'malformed');
  };
}

const TAB = 9;

/** net/snmp6 pads its keys with spaces and a tab; everywhere else a single space follows. */
function keyEnd(bytes: Uint8Array, start: number, length: number): number {
  let index = start;
  while (index < length && bytes[index] !== SPACE && bytes[index] !== NEWLINE && bytes[index] !== TAB) index++;
  return index;
}

function skipBlanks(bytes: Uint8Array, start: number, end: number): number {
  let index = start;
  while (index < end && (bytes[index] === SPACE || bytes[index] === TAB)) index++;
  return index;
}

/**
 * Nested keyed with fixed first words; `key` is `first.second`.
 *
 *     some avg10=0.00 avg60=0.00 avg300=0.00 total=123
 *     full avg10=0.00 avg60=0.00 avg300=0.00 total=45
 */
export function nestedKeyedParser(wanted: readonly Wanted[]): Parser {
  return groupedParser(wanted, EQUALS, parseFixedPoint);
}

/**
 * Pairs behind a group's name; `key` is `group.name`.
 *
 *     TCP: inuse 2 orphan 0 tw 0 alloc 177 mem 105
 */
export function pairsParser(wanted: readonly Wanted[]): Parser {
  return groupedParser(wanted, SPACE, parseDecimal);
}

/** The shape that nested keyed files and sockstat share: a first word, then named numbers. */
function groupedParser(wanted: readonly Wanted[], separator: number, number: typeof parseDecimal): Parser {
  const groups = new GroupTable(wanted);
  const take = { separator, number };
  return (bytes, length, out) => {
    let valid = true;
    for (let start = 0; start < length;) {
      const end = lineEnd(bytes, start, length);
      if (end === length) break;
      const first = wordEnd(bytes, start, end);
      const group = groups.find(bytes, start, bytes[first - 1] === COLON ? first - 1 : first);
      if (group !== undefined) valid = takePairs({ bytes, start: first + 1, end }, take, group, out) && valid;
      start = end + 1;
    }
    return checkComplete(bytes, length) ?? (valid ? undefined : 'malformed');
  };
}

interface Stretch {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** What stands between a name and its number, and how the number is read. */
interface PairSyntax {
  readonly separator: number;
  readonly number: typeof parseDecimal;
}

function takePairs(line: Stretch, { separator, number }: PairSyntax, group: Group, out: Float64Array): boolean {
  const { bytes, end } = line;
  let valid = true;
  for (let start = line.start; start < end;) {
    let gap = start;
    while (gap < end && bytes[gap] !== separator) gap++;
    const valueEnd = wordEnd(bytes, gap + 1, end);
    const found = group.table.find(bytes, start, gap);
    if (found >= 0) {
      const value = number(bytes, gap + 1, valueEnd);
      if (value === MALFORMED) valid = false;
      else out[group.slots[found] as number] = value;
    }
    start = valueEnd + 1;
  }
  return valid;
}

interface Group {
  readonly table: KeyTable;
  readonly slots: Int32Array;
}

/** Wanted keys of the form `group.name`, by group. */
export class GroupTable {
  readonly #names: KeyTable;
  readonly #groups: readonly Group[];

  constructor(wanted: readonly Wanted[]) {
    const byGroup = Map.groupBy(wanted, ({ key }) => key.slice(0, key.indexOf('.')));
    this.#names = new KeyTable([...byGroup.keys()]);
    this.#groups = [...byGroup.values()].map((members) => ({
      table: new KeyTable(members.map(({ key }) => key.slice(key.indexOf('.') + 1))),
      slots: Int32Array.from(members, ({ slot }) => slot),
    }));
  }

  find(bytes: Uint8Array, start: number, end: number): Group | undefined {
    return this.#groups[this.#names.find(bytes, start, end)];
  }
}

/** The number of lines, as of `cgroup.procs`; an empty file has none. `key` is not used. */
export function lineCountParser(wanted: readonly Wanted[]): Parser {
  const slots = wanted.map(({ slot }) => slot);
  return (bytes, length, out) => {
    let lines = 0;
    for (let index = 0; index < length; index++) if (bytes[index] === NEWLINE) lines++;
    const fault = length === 0 ? undefined : checkComplete(bytes, length);
    if (fault === undefined) for (const slot of slots) out[slot] = lines;
    return fault;
  };
}

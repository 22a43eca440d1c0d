/**
 * Parsers of the kernel's file formats.
 * https://docs.kernel.org/admin-guide/cgroup-v2.html#interface-files
 * https://docs.kernel.org/admin-guide/cgroup-v1/cgroups.html
 */
import { parseDecimal, MALFORMED, parseFixedPoint } from './decimal.ts';
import { KeyTable } from './key-table.ts';

/** Why a file's content is invalid. The kernel ends every line with a newline: a last line without one is truncated. */
export type Fault = 'empty' | 'truncated' | 'malformed';

/**
 * Parses the requested numbers of a file's content `bytes[0, length)` and stores each in its slot of `out`.
 * The slot of an absent number is unchanged. Numbers parsed before a fault are stored.
 */
export type Parser = (bytes: Uint8Array, length: number, out: Float64Array) => Fault | undefined;

/** A requested number: its key in the file and its slot in the output. */
export interface KeySlot {
  /** The syntax depends on the format, see each parser. */
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

/** Position of the first byte at or after `start` that is not a space, or `length`. */
export function skipSpaces(bytes: Uint8Array, start: number, length: number): number {
  let index = start;
  while (index < length && bytes[index] === SPACE) index++;
  return index;
}

/** Checks that the content is not empty and that its last line is complete. */
export function checkComplete(bytes: Uint8Array, length: number): Fault | undefined {
  if (length === 0) return 'empty';
  return bytes[length - 1] === NEWLINE ? undefined : 'truncated';
}

/**
 * Values separated by spaces, on one line; `key` is the position, `0` for the first.
 *
 *     max 100000
 */
export function valuesParser(keys: readonly KeySlot[]): Parser {
  const slots = new Map(keys.map(({ key, slot }) => [Number(key), slot]));
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
export function flatKeyedParser(keys: readonly KeySlot[]): Parser {
  const table = new KeyTable(keys.map(({ key }) => key));
  const slots = Int32Array.from(keys, ({ slot }) => slot);
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
export function nestedKeyedParser(keys: readonly KeySlot[]): Parser {
  return groupedParser(keys, EQUALS, parseFixedPoint);
}

/**
 * Pairs after the name of a group; `key` is `group.name`.
 *
 *     TCP: inuse 2 orphan 0 tw 0 alloc 177 mem 105
 */
export function pairsParser(keys: readonly KeySlot[]): Parser {
  return groupedParser(keys, SPACE, parseDecimal);
}

/** The common syntax of nested keyed files and sockstat: a first word, then named numbers. */
function groupedParser(keys: readonly KeySlot[], separator: number, number: typeof parseDecimal): Parser {
  const groups = new GroupTable(keys);
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

interface Line {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** The separator of a name and its number, and the parser of the number. */
interface PairSyntax {
  readonly separator: number;
  readonly number: typeof parseDecimal;
}

function takePairs(line: Line, { separator, number }: PairSyntax, group: Group, out: Float64Array): boolean {
  const { bytes, end } = line;
  let valid = true;
  for (let start = line.start; start < end;) {
    let gap = start;
    while (gap < end && bytes[gap] !== separator && bytes[gap] !== SPACE) gap++;
    // A word that is not followed by the separator has no number.
    const valueEnd = bytes[gap] === separator ? wordEnd(bytes, gap + 1, end) : gap;
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

/** Requested keys of the form `group.name`, by group. */
export class GroupTable {
  readonly #names: KeyTable;
  readonly #groups: readonly Group[];

  constructor(keys: readonly KeySlot[]) {
    const byGroup = Map.groupBy(keys, ({ key }) => key.slice(0, key.indexOf('.')));
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

/** Number of lines, as of `cgroup.procs`; 0 for an empty file. `key` is not used. */
export function lineCountParser(keys: readonly KeySlot[]): Parser {
  const slots = keys.map(({ slot }) => slot);
  return (bytes, length, out) => {
    let lines = 0;
    for (let index = 0; index < length; index++) if (bytes[index] === NEWLINE) lines++;
    const fault = length === 0 ? undefined : checkComplete(bytes, length);
    if (fault === undefined) for (const slot of slots) out[slot] = lines;
    return fault;
  };
}

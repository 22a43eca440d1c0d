/** Lists: files with an item per block device, network interface, resource or memory region. */
import { parseDecimal, MALFORMED } from './decimal.ts';
import { lineEnd, skipSpaces, checkComplete, wordEnd, type Fault, type KeySlot } from './keyed.ts';
import { ListItem, type OnItem } from './list-item.ts';
import { decodeBytes } from '../text.ts';

const COLON = 58;
const DOT = 46;
const EQUALS = 61;
const NEWLINE = 10;
const PARENTHESIS = 40;
const SPACE = 32;
const DIGIT_0 = 48;
const DIGIT_9 = 57;

/** Parses the items in `bytes[0, length)`. A file without items has no fault. */
export type ListParser = (bytes: Uint8Array, length: number, onItem: OnItem) => Fault | undefined;

/**
 * Nested keyed with a block device as the first word, as io.stat; `key` is the name in front of the equals sign.
 *
 *     254:0 rbytes=0 wbytes=180436992 rios=0 wios=1059 dbytes=0 dios=0
 *
 * Linux 5.14 to 5.16 print devices without I/O as `7:0 `, in front of the next device on the same line, or at the end of
 * the file without a newline. A hidden path of a multipath device is called `(unknown)`; its I/O is counted by the
 * multipath device as well.
 */
export function deviceListParser(keys: readonly KeySlot[]): ListParser {
  const parse = nestedListParser(keys, (byte) =>
    isDigit(byte) ? 'name' : byte === PARENTHESIS ? 'no name' : undefined,
  );
  return (bytes, length, onItem) => parse(bytes, withoutUnusedDevices(bytes, length), onItem);
}

/** Length without a last line that has no newline and consists of devices without numbers. */
function withoutUnusedDevices(bytes: Uint8Array, length: number): number {
  if (bytes[length - 1] !== SPACE) return length;
  const start = lastIn(bytes, 0, length, NEWLINE) + 1;
  return equalsIn(bytes, start, length) === length ? start : length;
}

/**
 * Nested keyed with any name as the first word, as rdma.current; `key` is the name in front of the equals sign.
 *
 *     mlx4_0 hca_handle=1 hca_object=20
 */
export function namedListParser(keys: readonly KeySlot[]): ListParser {
  return nestedListParser(keys, (_, first) => (first ? 'name' : undefined));
}

/** `begins`: whether a word without an equals sign begins an item, by its first byte and whether it is the first. */
function nestedListParser(
  keys: readonly KeySlot[],
  begins: (byte: number | undefined, first: boolean) => 'name' | 'no name' | undefined,
): ListParser {
  const item = new ListItem(keys);
  return (bytes, length, onItem) => {
    item.valid = true;
    for (let start = 0; start < length;) {
      const end = lineEnd(bytes, start, length);
      if (end === length) break;
      item.begin();
      for (let word = start; word < end;) {
        const stop = wordEnd(bytes, word, end);
        const equals = equalsIn(bytes, word, stop);
        const kind = equals < stop ? undefined : begins(bytes[word], word === start);
        if (equals < stop) item.take(bytes, word, equals, stop);
        else if (kind !== undefined) {
          item.end(bytes, onItem);
          item.beginNamed(word, kind === 'name' ? stop : word);
        }
        word = stop + 1;
      }
      item.end(bytes, onItem);
      start = end + 1;
    }
    return listFault(bytes, length, item.valid);
  };
}

/**
 * A name and a number per line, as misc.current and dmem.current; `key` is not used.
 *
 *     drm/0000:03:00.0/vram0 12550144
 *     drm/0000:03:00.0/stolen max
 */
export function flatListParser(keys: readonly KeySlot[]): ListParser {
  const item = new ListItem(keys);
  return (bytes, length, onItem) => {
    item.valid = true;
    for (let start = 0; start < length;) {
      const end = lineEnd(bytes, start, length);
      if (end === length) break;
      const gap = lastIn(bytes, start, end, SPACE);
      item.begin();
      if (gap > start) item.takeOnly(bytes, gap + 1, end);
      if (gap > start) onItem(decodeBytes(bytes, start, gap), item.numbers);
      start = end + 1;
    }
    return listFault(bytes, length, item.valid);
  };
}

/**
 * A name, a dot, a key and a number per line, as misc.events; `key` is what follows the last dot.
 *
 *     sev.max 0
 *     sev_es.max 2
 */
export function dottedListParser(keys: readonly KeySlot[]): ListParser {
  const item = new ListItem(keys);
  return (bytes, length, onItem) => {
    item.valid = true;
    for (let start = 0; start < length;) {
      const end = lineEnd(bytes, start, length);
      if (end === length) break;
      const gap = lastIn(bytes, start, end, SPACE);
      const dot = lastIn(bytes, start, gap, DOT);
      if (dot > start) {
        item.beginNamed(start, dot);
        item.take(bytes, dot + 1, gap, end);
        item.end(bytes, onItem);
      }
      start = end + 1;
    }
    return listFault(bytes, length, item.valid);
  };
}

/** Position of the equals sign in `bytes[start, end)`, or `end`. */
function equalsIn(bytes: Uint8Array, start: number, end: number): number {
  let index = start;
  while (index < end && bytes[index] !== EQUALS) index++;
  return index;
}

/**
 * Device, operation and number per line, as blkio on cgroup v1; `key` is the operation.
 * The lines of a device follow each other; the closing line `Total 0` belongs to none.
 *
 *     254:0 Read 4096
 *     254:0 Write 8192
 */
export function operationListParser(keys: readonly KeySlot[]): ListParser {
  const item = new ListItem(keys);
  return (bytes, length, onItem) => {
    item.valid = true;
    let device = '';
    for (let start = 0; start < length;) {
      const end = lineEnd(bytes, start, length);
      if (end === length) break;
      const first = wordEnd(bytes, start, end);
      const second = wordEnd(bytes, first + 1, end);
      if (second < end && isDigit(bytes[start])) {
        const name = decodeBytes(bytes, start, first);
        if (name !== device) {
          if (device !== '') onItem(device, item.numbers);
          item.begin();
          device = name;
        }
        item.take(bytes, first + 1, second, end);
      }
      start = end + 1;
    }
    if (device !== '') onItem(device, item.numbers);
    return listFault(bytes, length, item.valid);
  };
}

/** Whether a word that begins with `byte` is the number of a device. */
function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= DIGIT_0 && byte <= DIGIT_9;
}

interface Line {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Interface, colon and numbers per line, as net/dev; `key` is the position of the number, `0` for the first.
 * The two heading lines have no colon.
 *
 *     Inter-|   Receive                            |  Transmit
 *      face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs ...
 *       eth0:    8490     107    0    0    0     0          0         0      752      10    0
 */
export function interfaceListParser(keys: readonly KeySlot[]): ListParser {
  const slots = new Int32Array(32).fill(-1);
  for (const { key, slot } of keys) slots[Number(key)] = slot;
  const numbers = new Float64Array(keys.length);
  return (bytes, length, onItem) => {
    let valid = true;
    for (let start = 0; start < length;) {
      const end = lineEnd(bytes, start, length);
      if (end === length) break;
      const name = skipSpaces(bytes, start, end);
      // An alias (`eth0:1`) has a colon in its name.
      const colon = lastIn(bytes, name, end, COLON);
      if (colon > name) {
        numbers.fill(Number.NaN);
        valid = takeNumbers({ bytes, start: colon + 1, end }, slots, numbers) && valid;
        onItem(decodeBytes(bytes, name, colon), numbers);
      }
      start = end + 1;
    }
    return listFault(bytes, length, valid);
  };
}

/** Position of the last `byte` in `bytes[start, end)`, or -1. */
function lastIn(bytes: Uint8Array, start: number, end: number, byte: number): number {
  for (let index = end - 1; index >= start; index--) if (bytes[index] === byte) return index;
  return -1;
}

function takeNumbers(line: Line, slots: Int32Array, numbers: Float64Array): boolean {
  const { bytes, end } = line;
  let valid = true;
  for (let start = skipSpaces(bytes, line.start, end), column = 0; start < end; column++) {
    const stop = wordEnd(bytes, start, end);
    const slot = slots[column] ?? -1;
    const value = slot < 0 ? Number.NaN : parseDecimal(bytes, start, stop);
    if (value === MALFORMED) valid = false;
    else if (slot >= 0) numbers[slot] = value;
    start = skipSpaces(bytes, stop, end);
  }
  return valid;
}

function listFault(bytes: Uint8Array, length: number, valid: boolean): Fault | undefined {
  if (length === 0) return undefined;
  return checkComplete(bytes, length) ?? (valid ? undefined : 'malformed');
}

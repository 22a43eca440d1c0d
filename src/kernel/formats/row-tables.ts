/** Files with a row per block device or network interface. */
import { parseDecimal, MALFORMED } from './decimal.ts';
import { lineEnd, skipSpaces, checkComplete, wordEnd, type Fault, type Wanted } from './keyed.ts';
import { KeyTable } from './key-table.ts';

const COLON = 58;
const EQUALS = 61;
const DIGIT_0 = 48;
const DIGIT_9 = 57;

/**
 * Receives one row of a file: the row's name, and the wanted numbers by their places.
 * `numbers` is used again for the next row; a number that the row does not have is NaN.
 */
export type OnRow = (name: string, numbers: Float64Array) => void;

/** Takes the rows out of a file's content `bytes[0, length)`. A file without any is no fault. */
export type RowsParser = (bytes: Uint8Array, length: number, onRow: OnRow) => Fault | undefined;

/** The wanted numbers of one row, and whether all of them were numbers. */
class Row {
  readonly numbers: Float64Array;
  sound = true;
  readonly #table: KeyTable;
  readonly #places: Int32Array;

  constructor(wanted: readonly Wanted[]) {
    this.numbers = new Float64Array(wanted.length);
    this.#table = new KeyTable(wanted.map(({ key }) => key));
    this.#places = Int32Array.from(wanted, ({ place }) => place);
  }

  begin(): void {
    this.numbers.fill(Number.NaN);
  }

  /** Takes the number in `bytes[gap + 1, end)` if the key in `bytes[start, gap)` is wanted. */
  take(bytes: Uint8Array, start: number, gap: number, end: number): void {
    const found = this.#table.find(bytes, start, gap);
    if (found < 0) return;
    const value = parseDecimal(bytes, gap + 1, end);
    if (value === MALFORMED) this.sound = false;
    else this.numbers[this.#places[found] as number] = value;
  }
}

/**
 * Nested keyed with a device as the first word, as io.stat; `key` is the second word's name.
 *
 *     254:0 rbytes=0 wbytes=180436992 rios=0 wios=1059 dbytes=0 dios=0
 *
 * Kernels 5.14 to 5.16 print devices that were never used in front of the next one, in the same line. A hidden path
 * of a multipath device is called `(unknown)`; what it does is counted by the device as well.
 */
export function deviceRowsParser(wanted: readonly Wanted[]): RowsParser {
  const row = new Row(wanted);
  return (bytes, length, onRow) => {
    row.sound = true;
    for (let start = 0; start < length;) {
      const end = lineEnd(bytes, start, length);
      if (end === length) break;
      row.begin();
      let device = '';
      for (let word = start; word < end;) {
        const stop = wordEnd(bytes, word, end);
        const equals = equalsIn(bytes, word, stop);
        if (equals < stop) row.take(bytes, word, equals, stop);
        else if (isDigit(bytes[word])) device = latin1(bytes, word, stop);
        word = stop + 1;
      }
      if (device !== '') onRow(device, row.numbers);
      start = end + 1;
    }
    return rowsFault(bytes, length, row.sound);
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
export function operationRowsParser(wanted: readonly Wanted[]): RowsParser {
  const row = new Row(wanted);
  return (bytes, length, onRow) => {
    row.sound = true;
    let device = '';
    for (let start = 0; start < length;) {
      const end = lineEnd(bytes, start, length);
      if (end === length) break;
      const first = wordEnd(bytes, start, end);
      const second = wordEnd(bytes, first + 1, end);
      if (second < end && isDigit(bytes[start])) {
        const name = latin1(bytes, start, first);
        if (name !== device) {
          if (device !== '') onRow(device, row.numbers);
          row.begin();
          device = name;
        }
        row.take(bytes, first + 1, second, end);
      }
      start = end + 1;
    }
    if (device !== '') onRow(device, row.numbers);
    return rowsFault(bytes, length, row.sound);
  };
}

/** A device is called by its number; other words in its place name none. */
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
export function interfaceRowsParser(wanted: readonly Wanted[]): RowsParser {
  const places = new Int32Array(32).fill(-1);
  for (const { key, place } of wanted) places[Number(key)] = place;
  const numbers = new Float64Array(wanted.length);
  return (bytes, length, onRow) => {
    let sound = true;
    for (let start = 0; start < length;) {
      const end = lineEnd(bytes, start, length);
      if (end === length) break;
      const name = skipSpaces(bytes, start, end);
      const colon = lastColon(bytes, name, end);
      if (colon >= 0) {
        numbers.fill(Number.NaN);
        sound = takeNumbers({ bytes, start: colon + 1, end }, places, numbers) && sound;
        onRow(latin1(bytes, name, colon), numbers);
      }
      start = end + 1;
    }
    return rowsFault(bytes, length, sound);
  };
}

/** An alias interface (`eth0:1`) has a colon in its name. */
function lastColon(bytes: Uint8Array, start: number, end: number): number {
  for (let index = end - 1; index >= start; index--) if (bytes[index] === COLON) return index;
  return -1;
}

function takeNumbers(line: Line, places: Int32Array, numbers: Float64Array): boolean {
  const { bytes, end } = line;
  let sound = true;
  for (let start = skipSpaces(bytes, line.start, end), column = 0; start < end; column++) {
    const stop = wordEnd(bytes, start, end);
    const place = places[column] ?? -1;
    const value = place < 0 ? Number.NaN : parseDecimal(bytes, start, stop);
    if (value === MALFORMED) sound = false;
    else if (place >= 0) numbers[place] = value;
    start = skipSpaces(bytes, stop, end);
  }
  return sound;
}

function rowsFault(bytes: Uint8Array, length: number, sound: boolean): Fault | undefined {
  if (length === 0) return undefined;
  return checkComplete(bytes, length) ?? (sound ? undefined : 'malformed');
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  let result = '';
  for (let index = start; index < end; index++) result += String.fromCharCode(bytes[index] as number);
  return result;
}

/**
 * Files of a network namespace whose numbers are hexadecimal.
 * https://docs.kernel.org/networking/proc_net_tcp.html
 */
import { lineEnd, skipSpaces, checkComplete, wordEnd, type Parser, type KeySlot } from './keyed.ts';

const DIGIT_0 = 48;
const DIGIT_9 = 57;
const LETTER_A = 65;
const LETTER_F = 70;

/**
 * Sockets by state, from net/tcp and net/tcp6; `key` is the state as printed in the fourth column.
 *
 *       sl  local_address rem_address   st tx_queue rx_queue ...
 *        0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 ...
 */
export function socketStatesParser(keys: readonly KeySlot[]): Parser {
  const states = keys.map(({ key }) => Number.parseInt(key, 16));
  const counts = new Float64Array(256);
  return (bytes, length, out) => {
    const fault = checkComplete(bytes, length);
    if (fault !== undefined) return fault;
    counts.fill(0);
    for (let start = lineEnd(bytes, 0, length) + 1; start < length;) {
      const end = lineEnd(bytes, start, length);
      const state = stateAt(bytes, start, end);
      if (state < 0) return 'malformed';
      counts[state] = (counts[state] as number) + 1;
      start = end + 1;
    }
    keys.forEach(({ slot }, index) => (out[slot] = counts[states[index] as number] as number));
    return undefined;
  };
}

/** The state in `bytes[start, end)`, or -1. */
function stateAt(bytes: Uint8Array, start: number, end: number): number {
  let word = skipSpaces(bytes, start, end);
  for (let column = 0; column < 3; column++) word = skipSpaces(bytes, wordEnd(bytes, word, end), end);
  if (wordEnd(bytes, word, end) !== word + 2) return -1;
  const [high, low] = [digitOf(bytes[word] as number), digitOf(bytes[word + 1] as number)];
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/**
 * A header line, then a line per CPU, as net/stat/nf_conntrack; `key` is the column's name.
 * Counters are summed over CPUs; `entries` is the same in every line.
 *
 *     entries  searched found new invalid ignore delete ...
 *     00000002  00000000 00000000 00000000 00000001 00000000 ...
 */
export function perCpuTableParser(keys: readonly KeySlot[]): Parser {
  return (bytes, length, out) => {
    const fault = checkComplete(bytes, length);
    if (fault !== undefined) return fault;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1');
    const [header = [], ...rows] = text
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    let valid = true;
    for (const { key, slot } of keys) {
      const column = header.indexOf(key);
      if (column < 0 || rows.length === 0) continue;
      const numbers = rows.map((row) => perCpuNumber(row[column] ?? ''));
      const value = key === 'entries' ? (numbers[0] ?? Number.NaN) : numbers.reduce((sum, number) => sum + number, 0);
      if (Number.isNaN(value)) valid = false;
      else out[slot] = value;
    }
    return valid ? undefined : 'malformed';
  };
}

/** Eight hexadecimal digits, as the kernel prints every column. */
function perCpuNumber(word: string): number {
  return /^[0-9a-f]{1,8}$/.test(word) ? Number.parseInt(word, 16) : Number.NaN;
}

/** Value of a hexadecimal digit as the kernel prints it in this file, or -1. */
function digitOf(byte: number): number {
  if (byte >= DIGIT_0 && byte <= DIGIT_9) return byte - DIGIT_0;
  return byte >= LETTER_A && byte <= LETTER_F ? byte - LETTER_A + 10 : -1;
}

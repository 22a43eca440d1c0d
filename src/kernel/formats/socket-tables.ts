/**
 * Files of a network namespace whose numbers are hexadecimal.
 * https://docs.kernel.org/networking/proc_net_tcp.html
 */
import { lineEnd, skipSpaces, checkComplete, wordEnd, type Parser, type KeySlot } from './keyed.ts';

/**
 * Sockets by state, from net/tcp and net/tcp6; `key` is the state as printed in the fourth column.
 *
 *       sl  local_address rem_address   st tx_queue rx_queue ...
 *        0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 ...
 */
export function socketStatesParser(keys: readonly KeySlot[]): Parser {
  const slots = new Map(keys.map(({ key, slot }) => [Number.parseInt(key, 16), slot]));
  return (bytes, length, out) => {
    const fault = checkComplete(bytes, length);
    if (fault !== undefined) return fault;
    for (const slot of slots.values()) out[slot] = 0;
    for (let start = lineEnd(bytes, 0, length) + 1; start < length;) {
      const end = lineEnd(bytes, start, length);
      if (end === length) break;
      const slot = slots.get(stateAt(bytes, start, end));
      if (slot !== undefined) out[slot] = (out[slot] as number) + 1;
      start = end + 1;
    }
    return undefined;
  };
}

function stateAt(bytes: Uint8Array, start: number, end: number): number {
  let word = skipSpaces(bytes, start, end);
  for (let column = 0; column < 3; column++) word = skipSpaces(bytes, wordEnd(bytes, word, end), end);
  return hexadecimal(bytes, word, wordEnd(bytes, word, end));
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

function hexadecimal(bytes: Uint8Array, start: number, end: number): number {
  let text = '';
  for (let index = start; index < end; index++) text += String.fromCharCode(bytes[index] as number);
  return Number.parseInt(text, 16);
}

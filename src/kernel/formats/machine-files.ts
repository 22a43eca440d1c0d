/**
 * Node-wide files below `/proc`.
 * https://docs.kernel.org/filesystems/proc.html
 */
import { parseDecimal, MALFORMED } from './decimal.ts';
import { lineEnd, skipSpaces, checkComplete, wordEnd, type Parser, type KeySlot } from './keyed.ts';
import { KeyTable } from './key-table.ts';

const COLON = 58;
const SLASH = 47;

/**
 * `meminfo`; `key` is the name before the colon. Numbers are in units of 1024 bytes.
 *
 *     MemTotal:        4021016 kB
 *     HugePages_Total:       0
 */
export function meminfoParser(keys: readonly KeySlot[]): Parser {
  const table = new KeyTable(keys.map(({ key }) => key));
  const slots = Int32Array.from(keys, ({ slot }) => slot);
  return (bytes, length, out) => {
    let valid = true;
    for (let start = 0; start < length;) {
      const end = lineEnd(bytes, start, length);
      if (end === length) break;
      const first = wordEnd(bytes, start, end);
      const found = bytes[first - 1] === COLON ? table.find(bytes, start, first - 1) : -1;
      if (found >= 0) {
        const number = skipSpaces(bytes, first, end);
        const value = parseDecimal(bytes, number, wordEnd(bytes, number, end));
        if (value === MALFORMED) valid = false;
        else out[slots[found] as number] = value;
      }
      start = end + 1;
    }
    return checkComplete(bytes, length) ?? (valid ? undefined : 'malformed');
  };
}

/** The position of `runnable/all` among the words of `loadavg`. */
const TASKS_WORD = 3;

/**
 * Number of tasks (processes and threads), after the slash in `loadavg`; `key` is not used.
 *
 *     2.12 3.25 2.46 3/468 2099
 */
export function taskCountParser(keys: readonly KeySlot[]): Parser {
  const slots = keys.map(({ slot }) => slot);
  return (bytes, length, out) => {
    const fault = checkComplete(bytes, length);
    if (fault !== undefined) return fault;
    let start = 0;
    for (let word = 0; word < TASKS_WORD; word++) start = wordEnd(bytes, start, length) + 1;
    const end = wordEnd(bytes, start, length);
    const slash = bytes.subarray(start, end).indexOf(SLASH);
    const value = slash < 0 ? MALFORMED : parseDecimal(bytes, start + slash + 1, end);
    if (value === MALFORMED) return 'malformed';
    for (const slot of slots) out[slot] = value;
    return undefined;
  };
}

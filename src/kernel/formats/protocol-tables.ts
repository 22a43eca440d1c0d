/**
 * Protocol tables of a network namespace.
 * https://docs.kernel.org/networking/snmp_counter.html
 */
import { parseDecimal, MALFORMED } from './decimal.ts';
import { GroupTable, lineEnd, checkComplete, wordEnd, type Parser, type KeySlot } from './keyed.ts';

const COLON = 58;

/**
 * Header line and value line per protocol, as net/snmp and net/netstat; `key` is `protocol.name`.
 *
 *     Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens
 *     Tcp: 1 200 120000 -1 17
 *
 * The columns of a header are looked up once and cached until the header changes, which does not happen on a
 * running kernel.
 */
export function protocolTableParser(keys: readonly KeySlot[]): Parser {
  const groups = new GroupTable(keys);
  const known: Header[] = [];
  return (bytes, length, out) => {
    let valid = true;
    for (let start = 0, line = 0; start < length; line++) {
      const header = headerAt({ bytes, start, length }, line, known, groups);
      const end = lineEnd(bytes, header.end + 1, length);
      if (end >= length) break;
      if (header.last >= 0) valid = takeColumns({ bytes, start: header.end + 1, end }, header, out) && valid;
      start = end + 1;
    }
    return checkComplete(bytes, length) ?? (valid ? undefined : 'malformed');
  };
}

interface Header {
  readonly text: Buffer;
  /** Length of the protocol's name with its colon, with which the value line begins as well. */
  readonly titleLength: number;
  /** Position of the header's newline in the last buffer that had it. */
  end: number;
  /** Slot of each column, -1 if it is not requested. */
  readonly slots: Int32Array;
  /** The last requested column, -1 if there is none. */
  readonly last: number;
}

interface Region {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly length: number;
}

function headerAt(region: Region, line: number, known: Header[], groups: GroupTable): Header {
  const { bytes, start, length } = region;
  const candidate = known[line];
  if (candidate !== undefined && startsWith(region, candidate.text)) {
    candidate.end = start + candidate.text.length - 1;
    return candidate;
  }
  const end = lineEnd(bytes, start, length);
  const colon = wordEnd(bytes, start, end) - 1;
  const group = bytes[colon] === COLON ? groups.find(bytes, start, colon) : undefined;
  const slots: number[] = [];
  if (group !== undefined) {
    let word = colon + 2;
    while (word < end) {
      const stop = wordEnd(bytes, word, end);
      slots.push(group.slots[group.table.find(bytes, word, stop)] ?? -1);
      word = stop + 1;
    }
  }
  const header = {
    text: Buffer.from(bytes.subarray(start, Math.min(end + 1, length))),
    titleLength: colon + 1 - start,
    end,
    slots: Int32Array.from(slots),
    last: slots.findLastIndex((slot) => slot >= 0),
  };
  // A truncated header is not cached: it would also match the start of the complete one.
  if (end < length) known[line] = header;
  return header;
}

function startsWith(region: Region, text: Buffer): boolean {
  const { bytes, start, length } = region;
  if (start + text.length > length) return false;
  return text.compare(bytes, start, start + text.length) === 0;
}

interface Line {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

function takeColumns(line: Line, header: Header, out: Float64Array): boolean {
  const { bytes, end } = line;
  const titleEnd = wordEnd(bytes, line.start, end);
  if (header.text.compare(bytes, line.start, titleEnd, 0, header.titleLength) !== 0) return false;
  let valid = true;
  let word = titleEnd + 1;
  for (let column = 0; column <= header.last; column++) {
    const stop = wordEnd(bytes, word, end);
    const slot = header.slots[column] as number;
    if (slot >= 0) {
      const value = parseDecimal(bytes, word, stop);
      if (value === MALFORMED) valid = false;
      else out[slot] = value;
    }
    word = stop + 1;
  }
  return valid;
}

import type { Fault, Parser, KeySlot } from '../../../../src/kernel/formats/keyed.ts';
import type { ListParser } from '../../../../src/kernel/formats/lists.ts';

/** Result of a parser: the numbers it stored by key, and the fault it returned. */
export interface Parsed {
  readonly values: Readonly<Record<string, number>>;
  readonly fault: Fault | undefined;
}

/** Result of a list parser; absent numbers of an item are omitted. */
export interface ParsedItems {
  readonly items: readonly (readonly [name: string, values: Readonly<Record<string, number>>])[];
  readonly fault: Fault | undefined;
}

/** A value that no parser stores: a slot with it was not written. */
const UNTOUCHED = -7;

/** Bytes after the end of the file in the shared buffer, as left by a longer file. */
const LEFTOVER = '77777 max 9\nTcp: 7 7 7\n7:7 rbytes=7\n';

/** Gives every key a slot. */
export function keySlotsOf(keys: readonly string[]): KeySlot[] {
  return keys.map((key, slot) => ({ key, slot }));
}

/** A function that parses texts with one parser for `keys`, as consecutive scrapes do. */
export function numbersIn(
  make: (keys: readonly KeySlot[]) => Parser,
  keys: readonly string[],
): (content: string | Buffer, leftover?: string) => Parsed {
  const parse = make(keySlotsOf(keys));
  return (content, leftover = LEFTOVER) => {
    const out = new Float64Array(keys.length).fill(UNTOUCHED);
    const fault = parse(...inSharedBuffer(content, leftover), out);
    const stored = keys.flatMap((key, slot) => (out[slot] === UNTOUCHED ? [] : [[key, out[slot] as number] as const]));
    return { values: Object.fromEntries(stored), fault };
  };
}

/** Like {@link numbersIn} for a file with a row per device or interface. */
export function itemsIn(
  make: (keys: readonly KeySlot[]) => ListParser,
  keys: readonly string[],
): (content: string | Buffer, leftover?: string) => ParsedItems {
  const parse = make(keySlotsOf(keys));
  return (content, leftover = LEFTOVER) => {
    const items: [string, Record<string, number>][] = [];
    const fault = parse(...inSharedBuffer(content, leftover), (name, numbers) => {
      const there = keys.flatMap((key, slot) => {
        const value = numbers[slot] as number;
        return Number.isFinite(value) ? [[key, value] as const] : [];
      });
      items.push([name, Object.fromEntries(there)]);
    });
    return { items, fault };
  };
}

function inSharedBuffer(content: string | Buffer, leftover: string): [bytes: Buffer, length: number] {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return [Buffer.concat([bytes, Buffer.from(leftover)]), bytes.length];
}

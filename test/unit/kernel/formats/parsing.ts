import type { Fault, Parser, Wanted } from '../../../../src/kernel/formats/keyed.ts';
import type { ListParser } from '../../../../src/kernel/formats/lists.ts';

/** What a parser made of a file: the numbers it stored by key, and what it complained of. */
export interface Parsed {
  readonly values: Readonly<Record<string, number>>;
  readonly fault: Fault | undefined;
}

/** What a parser of items made of a file; a number that a row does not have is left out. */
export interface ParsedItems {
  readonly items: readonly (readonly [name: string, values: Readonly<Record<string, number>>])[];
  readonly fault: Fault | undefined;
}

/** No parser stores it, so that a slot with it is one that was left alone. */
const UNTOUCHED = -7;

/** Stands behind a file's end in the shared buffer, as the rest of a longer file would. */
const LEFTOVER = '77777 max 9\nTcp: 7 7 7\n7:7 rbytes=7\n';

/** Gives every key a slot. */
export function wantedOf(keys: readonly string[]): Wanted[] {
  return keys.map((key, slot) => ({ key, slot }));
}

/** A function that parses texts with one parser for `keys`, as a scrape does again and again. */
export function numbersIn(
  make: (wanted: readonly Wanted[]) => Parser,
  keys: readonly string[],
): (content: string, leftover?: string) => Parsed {
  const parse = make(wantedOf(keys));
  return (content, leftover = LEFTOVER) => {
    const out = new Float64Array(keys.length).fill(UNTOUCHED);
    const fault = parse(Buffer.from(content + leftover), Buffer.byteLength(content), out);
    const stored = keys.flatMap((key, slot) => (out[slot] === UNTOUCHED ? [] : [[key, out[slot] as number] as const]));
    return { values: Object.fromEntries(stored), fault };
  };
}

/** Like {@link numbersIn} for a file with a row per device or interface. */
export function itemsIn(
  make: (wanted: readonly Wanted[]) => ListParser,
  keys: readonly string[],
): (content: string, leftover?: string) => ParsedItems {
  const parse = make(wantedOf(keys));
  return (content, leftover = LEFTOVER) => {
    const items: [string, Record<string, number>][] = [];
    const fault = parse(Buffer.from(content + leftover), Buffer.byteLength(content), (name, numbers) => {
      const there = keys.flatMap((key, slot) => {
        const value = numbers[slot] as number;
        return Number.isFinite(value) ? [[key, value] as const] : [];
      });
      items.push([name, Object.fromEntries(there)]);
    });
    return { items, fault };
  };
}

import type { Random } from '../support/seeded-random.ts';

/** Words that parsers may misread; one character per byte. */
const NUMBERS =
  '0 00 007 -0 -1 --1 +1 1.5 .5 5. 1e3 0x10 max maxx ma nan 999999999999999 9007199254740993 4611686018427387904 18446744073709551615';
const KEYS = 'some full total=5 avg10=0.5 TCP: Tcp: Udp: 254:0 Total (unknown) : = . / ( " { } \\ \\x5c \\xc3';
const SPACES = ['', '\n', '\n\n', ' ', '  ', '\t', '\r\n', '\0', '8:0 ', 'Tcp: 1 2\n', 'max 3'];
const BYTES = ['\xc3\xa4', '\xc3', '\xff\xfe', '\xed\xa0\x80', '\xe2\x80\xa8', 'x'.repeat(300), '9'.repeat(40)];
const WORDS = [...NUMBERS.split(' '), ...KEYS.split(' '), ...SPACES, ...BYTES];

/** Splits a text into words, spaces and other single characters. */
export function tokensOf(text: string): readonly string[] {
  return text.match(/[\w-]+| +|[^]/g) ?? [];
}

/** A few random changes: tokens removed, repeated, swapped, replaced, damaged, or all that follows cut off. */
export function mutate(tokens: readonly string[], random: Random): readonly string[] {
  const changed = [...tokens];
  const changes = random.chance(0.1) ? 0 : 1 + random.below(5);
  for (let change = 0; change < changes; change++) changeOne(changed, random);
  return changed;
}

const CHANGES: readonly ((tokens: string[], at: number, random: Random) => void)[] = [
  (tokens, at, random) => void tokens.splice(at, 1 + random.below(3)),
  (tokens, at, random) =>
    void tokens.splice(random.below(tokens.length + 1), 0, ...tokens.slice(at, at + 1 + random.below(9))),
  (tokens, at, random) => void tokens.splice(at, 1, random.pick(WORDS)),
  (tokens, at, random) => void tokens.splice(at, 0, random.pick(WORDS)),
  (tokens, at, random) => void tokens.splice(at, 1, damaged(tokens[at] ?? '', random)),
  (tokens, at, random) => {
    if (random.chance(0.3)) tokens.splice(at);
  },
];

function changeOne(tokens: string[], random: Random): void {
  random.pick(CHANGES)(tokens, random.below(tokens.length + 1), random);
}

/** The text with one byte changed, removed or added. */
export function damaged(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const byte = random.chance(0.2) ? '' : String.fromCharCode(random.below(256));
  return text.slice(0, at) + byte + text.slice(at + random.below(2));
}

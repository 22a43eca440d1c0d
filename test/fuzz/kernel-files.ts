import assert from 'node:assert/strict';

import type { Parsed, ParsedItems } from '../unit/kernel/formats/parsing.ts';
import { itemsIn, numbersIn } from '../unit/kernel/formats/parsing.ts';
import { COUNTS, LISTS, NUMBERS } from '../unit/kernel/formats/samples.ts';
import type { Random } from '../support/seeded-random.ts';
import { type FuzzCase, fuzzCase, type Fuzzer } from './fuzzer.ts';
import { mutate, tokensOf } from './mutations.ts';
import { LIST_REFERENCES } from './reference-lists.ts';
import { NUMBER_REFERENCES } from './reference-numbers.ts';

/** A part of the content of one of several consecutive reads of a file; one character per byte. */
type Piece = readonly [read: number, text: string];

type Result = Parsed | ParsedItems;

interface Format {
  readonly name: string;
  readonly tokens: readonly string[];
  /** A new parser, which may keep state between reads. */
  readonly open: () => (content: Buffer) => Result;
  readonly reference: (content: string) => Result;
}

const FORMATS: readonly Format[] = [
  ...Object.entries({ ...NUMBERS, ...COUNTS }).map(([name, { make, keys, content }]) => ({
    name,
    tokens: tokensOf(content),
    open: () => numbersIn(make, keys),
    reference: (text: string) => referenceFor(NUMBER_REFERENCES, name)(text, keys),
  })),
  ...Object.entries(LISTS).map(([name, { make, keys, content }]) => ({
    name,
    tokens: tokensOf(content),
    open: () => itemsIn(make, keys),
    reference: (text: string) => referenceFor(LIST_REFERENCES, name)(text, keys),
  })),
];

const MAX_READS = 3;

/** The parsers of kernel files against slow ones: the same numbers, items and faults, whatever the content. */
export const kernelFiles: Fuzzer = {
  name: 'kernel-files',
  open: () => ({ makeCase, close: () => {} }),
};

function makeCase(random: Random): FuzzCase {
  const format = random.pick(FORMATS);
  const pieces = Array.from({ length: 1 + random.below(MAX_READS) }, (_, read) =>
    mutate(format.tokens, random).map((text): Piece => [read, text]),
  );
  return fuzzCase(format.name, pieces.flat(), (kept) => check(format, kept));
}

function check({ open, reference }: Format, pieces: readonly Piece[]): void {
  const parse = open();
  for (let read = 0; read < MAX_READS; read++) {
    const content = pieces.flatMap(([of, text]) => (of === read ? [text] : [])).join('');
    assert.deepEqual(parse(Buffer.from(content, 'latin1')), reference(content));
  }
}

function referenceFor<T>(references: Readonly<Record<string, T>>, name: string): T {
  const reference = references[name];
  if (reference === undefined) throw new Error(`no reference parser for ${name}`);
  return reference;
}

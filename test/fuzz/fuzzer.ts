import type { Random } from '../support/seeded-random.ts';

/** One input of a fuzzer, made of pieces that can be removed to make it smaller. */
export interface FuzzCase {
  readonly pieces: number;
  /** Throws if the program misbehaves when it gets the pieces at these positions. */
  check(kept: readonly number[]): void | Promise<void>;
  /** The input on one line. */
  describe(kept: readonly number[]): string;
}

/** A fuzzer that is set up. */
export interface OpenFuzzer {
  /** The same input for the same seed. */
  makeCase(random: Random): FuzzCase;
  /** Checks that only make sense at the end. Throws if one fails; absent if there are none. */
  finish?(): void | Promise<void>;
  close(): void | Promise<void>;
}

export interface Fuzzer {
  readonly name: string;
  open(): OpenFuzzer | Promise<OpenFuzzer>;
}

/** A case whose pieces are `pieces`, which JSON can express. `title` says what they are pieces of. */
export function fuzzCase<P>(
  title: string,
  pieces: readonly P[],
  check: (pieces: readonly P[]) => void | Promise<void>,
): FuzzCase {
  const select = (kept: readonly number[]): readonly P[] => kept.map((index) => pieces[index] as P);
  return {
    pieces: pieces.length,
    check: (kept) => check(select(kept)),
    describe: (kept) => `${title} ${JSON.stringify(select(kept))}`,
  };
}

/** Checks while an input is minimized. */
const MAX_ATTEMPTS = 400;

/** Positions of pieces that still make a failing case fail: blocks are removed, first large, then single pieces. */
export async function minimize(failing: FuzzCase): Promise<readonly number[]> {
  let kept = everything(failing);
  let attempts = 0;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < kept.length && attempts < MAX_ATTEMPTS;) {
      const fewer = kept.toSpliced(start, size);
      attempts++;
      if ((await problemOf(failing, fewer)) === undefined) start += size;
      else kept = fewer;
    }
  }
  return kept;
}

/** Positions of all pieces. */
export function everything({ pieces }: FuzzCase): readonly number[] {
  return Array.from({ length: pieces }, (_, index) => index);
}

/** What a case with these pieces throws, on one line; undefined if it passes. */
export async function problemOf(tested: FuzzCase, kept: readonly number[]): Promise<string | undefined> {
  try {
    await tested.check(kept);
    return undefined;
  } catch (error) {
    return oneLine(error);
  }
}

/** An error with its place in our code, on one line. */
export function oneLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [place = ''] = /\/(?:src|test)\/[\w./-]+:\d+/.exec(error.stack ?? '') ?? [];
  return `${error.message} (${place.slice(1)})`.replaceAll(/\s+/g, ' ');
}

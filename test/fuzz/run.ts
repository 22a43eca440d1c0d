import { Random } from '../support/seeded-random.ts';
import { everything, type FuzzCase, type Fuzzer, minimize, oneLine, problemOf } from './fuzzer.ts';
import { Watchdog } from './watchdog.ts';

/** A case needs seconds on a busy machine. */
const MAX_CASE_MS = 120_000;

/** How far a fuzzer goes. */
export interface Limits {
  /** Seed of the first case; each further case has the next seed. */
  readonly seed: number;
  readonly durationMs: number;
  readonly maxCases: number;
}

/** What a fuzzer did. */
export interface Outcome {
  readonly cases: number;
  readonly seconds: number;
  /** One line with the seed and a minimal input; undefined if nothing failed. */
  readonly failure?: string;
}

/** Runs a fuzzer until a limit is reached or a case fails. */
export async function runFuzzer(fuzzer: Fuzzer, { seed, durationMs, maxCases }: Limits): Promise<Outcome> {
  const opened = await fuzzer.open();
  const watchdog = new Watchdog(fuzzer.name, MAX_CASE_MS);
  const begin = performance.now();
  const seconds = (): number => (performance.now() - begin) / 1000;
  let cases = 0;
  try {
    while (cases < maxCases && seconds() * 1000 < durationMs) {
      const caseSeed = seed + cases;
      cases++;
      const made = opened.makeCase(new Random(caseSeed));
      const tested = { ...made, check: (kept: readonly number[]) => watchdog.watch(caseSeed, () => made.check(kept)) };
      const problem = await problemOf(tested, everything(tested));
      if (problem !== undefined) {
        return { cases, seconds: seconds(), failure: await failureOf(fuzzer.name, caseSeed, tested, problem) };
      }
    }
    try {
      await opened.finish?.();
    } catch (error) {
      return { cases, seconds: seconds(), failure: `${fuzzer.name} --seed=${seed}: at the end: ${oneLine(error)}` };
    }
    return { cases, seconds: seconds() };
  } finally {
    await watchdog.close();
    await opened.close();
  }
}

async function failureOf(name: string, seed: number, tested: FuzzCase, problem: string): Promise<string> {
  const kept = await minimize(tested);
  const smallest = (await problemOf(tested, kept)) ?? problem;
  return `${name} --seed=${seed}: ${smallest} · input: ${tested.describe(kept)}`;
}

import type { Yielder } from '../../base/yielder.ts';

export interface WalkBudgetOptions {
  /** Milliseconds of walking per second, 1 to 1000. */
  readonly walkMsPerSecond: number;
  /** I/O pressure (PSI `some`) above which the walk pauses. */
  readonly maxIoPressurePercent: number;
  /** Returns the current I/O pressure in percent; `undefined` without PSI. */
  readonly readIoPressure: () => number | undefined;
  /** Monotonic milliseconds. */
  readonly elapsed: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

const MAX_SLICE_MS = 10;

const SECOND_MS = 1000;

/** Throttles a walk: it sleeps in proportion to its running time, I/O wait included, and while I/O pressure is high. */
export class WalkBudget implements Yielder {
  readonly #options: WalkBudgetOptions;
  #began = Number.NEGATIVE_INFINITY;

  constructor(options: WalkBudgetOptions) {
    this.#options = options;
  }

  get shouldYield(): boolean {
    return this.#options.elapsed() - this.#began >= MAX_SLICE_MS;
  }

  async yield(): Promise<void> {
    const { walkMsPerSecond, elapsed, sleep, maxIoPressurePercent, readIoPressure } = this.#options;
    const sliceMs = elapsed() - this.#began;
    await sleep(Number.isFinite(sliceMs) ? (sliceMs * (SECOND_MS - walkMsPerSecond)) / walkMsPerSecond : 0);
    while ((readIoPressure() ?? 0) > maxIoPressurePercent) await sleep(SECOND_MS);
    this.#began = elapsed();
  }
}

/**
 * Parses `some avg10` of `/proc/pressure/io`: the percentage of the last 10 s in which some task was stalled on I/O.
 *
 *     some avg10=1.53 avg60=0.28 avg300=0.12 total=37759865
 *
 * https://docs.kernel.org/accounting/psi.html
 */
export function parseIoPressure(text: string): number | undefined {
  const [, percent] = /^some avg10=(\d+\.\d+)/m.exec(text) ?? [];
  return percent === undefined ? undefined : Number(percent);
}

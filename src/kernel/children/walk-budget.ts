import type { Yielder } from '../../base/yielder.ts';

export interface WalkBudgetOptions {
  /** Milliseconds of a second that the walk may take; from 1 to 1000. */
  readonly walkMsPerSecond: number;
  /** Percent of the time for which something waits for I/O, above which the walk pauses. */
  readonly maxIoPressurePercent: number;
  /** That percentage now, over some seconds; `undefined` where the kernel does not tell. */
  readonly readIoPressure: () => number | undefined;
  /** Milliseconds that only ever grow. */
  readonly elapsed: () => number;
  /** Waits so many milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** Milliseconds of walking before a rest. */
const MAX_SLICE_MS = 10;

const SECOND = 1000;

/** Keeps a walk slow: it rests in proportion to what it took, the time that it waited for the disk included. */
export class WalkBudget implements Yielder {
  readonly #options: WalkBudgetOptions;
  #began = Number.NEGATIVE_INFINITY;

  constructor(options: WalkBudgetOptions) {
    this.#options = options;
  }

  get shouldYield(): boolean {
    return this.#options.elapsed() - this.#began >= MAX_SLICE_MS;
  }

  /** Rests for what was taken, and as long as others wait for the disk. */
  async yield(): Promise<void> {
    const { walkMsPerSecond, elapsed, sleep, maxIoPressurePercent, readIoPressure } = this.#options;
    const taken = elapsed() - this.#began;
    await sleep(Number.isFinite(taken) ? (taken * (SECOND - walkMsPerSecond)) / walkMsPerSecond : 0);
    while ((readIoPressure() ?? 0) > maxIoPressurePercent) await sleep(SECOND);
    this.#began = elapsed();
  }
}

/**
 * The share of the last ten seconds in which some task waited for I/O, in percent, from a text of `/proc/pressure/io`.
 *
 *     some avg10=1.53 avg60=0.28 avg300=0.12 total=37759865
 *
 * https://docs.kernel.org/accounting/psi.html
 */
export function parseIoPressure(text: string): number | undefined {
  const [, percent] = /^some avg10=(\d+\.\d+)/m.exec(text) ?? [];
  return percent === undefined ? undefined : Number(percent);
}

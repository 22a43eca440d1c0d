/** Milliseconds. */
const FIRST = 1000;
const LONGEST = 60_000;

/** Waiting times with full jitter: anything up to a bound that begins at 1 s and doubles up to 60 s. */
export class Backoff {
  readonly #random: () => number;
  #bound = FIRST;

  /** `random` gives numbers from 0 up to but not including 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Milliseconds to wait before the next attempt. */
  next(): number {
    const wait = this.#random() * this.#bound;
    this.#bound = Math.min(this.#bound * 2, LONGEST);
    return wait;
  }

  /** All is well; the next failure is a first one. */
  reset(): void {
    this.#bound = FIRST;
  }
}

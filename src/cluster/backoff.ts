const INITIAL_BOUND_MS = 1000;
const MAX_BOUND_MS = 60_000;

/** Exponential backoff with full jitter: delays below a bound that starts at 1 s and doubles up to 60 s. */
export class Backoff {
  readonly #random: () => number;
  #bound = INITIAL_BOUND_MS;

  /** `random` returns numbers in [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Delay before the next attempt. */
  nextDelayMs(): number {
    const delayMs = this.#random() * this.#bound;
    this.#bound = Math.min(this.#bound * 2, MAX_BOUND_MS);
    return delayMs;
  }

  /** Resets the bound after a success. */
  reset(): void {
    this.#bound = INITIAL_BOUND_MS;
  }
}

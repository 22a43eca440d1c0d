import type { ApiFailure } from './failure.ts';
import { Backoff } from './backoff.ts';

/** Cap of the server's Retry-After. */
const MAX_RETRY_AFTER_MS = 60_000;

const MIN_SLOW_DELAY_MS = 30_000;
const SLOW_JITTER_MS = 30_000;

/** Delays between attempts. */
export class RetryPolicy {
  readonly #backoff: Backoff;
  readonly #random: () => number;

  /** `random` returns numbers in [0, 1). */
  constructor(random: () => number) {
    this.#backoff = new Backoff(random);
    this.#random = random;
  }

  /** Delay after a failure. The backoff is added to Retry-After, so that nodes do not retry in lockstep. */
  nextDelayMs({ isUnauthorized, retryAfterSeconds }: ApiFailure): number {
    if (isUnauthorized) return this.slowDelayMs();
    return Math.min(retryAfterSeconds * 1000, MAX_RETRY_AFTER_MS) + this.#backoff.nextDelayMs();
  }

  /** 30 to 60 s, for failures that a fast retry does not resolve. */
  slowDelayMs(): number {
    return MIN_SLOW_DELAY_MS + this.#random() * SLOW_JITTER_MS;
  }

  /** Resets the backoff after a success. */
  reset(): void {
    this.#backoff.reset();
  }
}

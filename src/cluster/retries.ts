import type { ApiFailure } from './failure.ts';
import { Backoff } from './backoff.ts';

/** Milliseconds; a server may not keep us away for longer. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Milliseconds until something is tried again that another try alone will not mend: at least, and up to so many more. */
const SLOW_SHORTEST = 30_000;
const SLOW_SPREAD = 30_000;

/** How long to wait before something is tried again. */
export class Retries {
  readonly #backoff: Backoff;
  readonly #random: () => number;

  /** `random` gives numbers from 0 up to but not including 1. */
  constructor(random: () => number) {
    this.#backoff = new Backoff(random);
    this.#random = random;
  }

  /** Milliseconds. What the server asks for comes on top, or all nodes would come back at the same moment. */
  after({ isRefusal, retryAfter }: ApiFailure): number {
    if (isRefusal) return this.slow();
    return Math.min(retryAfter * 1000, MAX_RETRY_AFTER_MS) + this.#backoff.next();
  }

  /** Milliseconds, for what is not urgent: half a minute to a minute. */
  slow(): number {
    return SLOW_SHORTEST + this.#random() * SLOW_SPREAD;
  }

  /** All is well; the next failure is a first one. */
  reset(): void {
    this.#backoff.reset();
  }
}

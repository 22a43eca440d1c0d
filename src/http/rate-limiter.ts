import type { RateLimit } from './web-config.ts';

/** A token bucket, as `rate_limit` of a web configuration describes it: it is full at first. */
export class RateLimiter {
  readonly limit: RateLimit;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  /** `now` in milliseconds. */
  constructor(limit: RateLimit, now: () => number) {
    this.limit = limit;
    this.#now = now;
    this.#tokens = limit.burst;
    this.#filledAt = now();
  }

  /** Whether a request may be answered now; counts it if so. */
  allow(): boolean {
    const now = this.#now();
    const { intervalMs, burst } = this.limit;
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#filledAt) / intervalMs);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

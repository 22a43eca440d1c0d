import type { Clock } from '../base/clock.ts';

/** A cache with a bound and a lifetime. When it is full, the entry that was set first is dropped. */
export class ExpiringCache<T> {
  readonly #clock: Clock;
  readonly #maxEntries: number;
  readonly #lifetimeMs: number;
  readonly #entries = new Map<string, { readonly value: T; readonly expires: number }>();

  constructor(clock: Clock, limits: { readonly maxEntries: number; readonly lifetimeMs: number }) {
    this.#clock = clock;
    this.#maxEntries = limits.maxEntries;
    this.#lifetimeMs = limits.lifetimeMs;
  }

  /** Returns the value of a key; `undefined` if it is unknown or has expired. */
  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (this.#clock.elapsed() < entry.expires) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** Sets or replaces the value of a key, for the lifetime. */
  set(key: string, value: T): void {
    this.#entries.delete(key);
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size >= this.#maxEntries) this.#entries.delete(oldest);
    this.#entries.set(key, { value, expires: this.#clock.elapsed() + this.#lifetimeMs });
  }
}

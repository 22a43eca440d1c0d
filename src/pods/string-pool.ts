/** The pool is cleared at this size, so that pod churn cannot grow it without bound. */
const MAX_STRINGS = 20_000;

/** Deduplicates strings: most strings in the pods of a node occur in many of them. */
export class StringPool {
  readonly #strings = new Map<string, string>();

  /** Returns a copy of `value` in which every string is the pooled one. */
  intern<T>(value: T): T {
    return this.#intern(value) as T;
  }

  #intern(value: unknown): unknown {
    if (typeof value === 'string') return this.#internString(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.#intern(item));
    const entries = Object.entries(value);
    // Empty objects are often one shared object already.
    if (entries.length === 0) return value;
    return Object.fromEntries(entries.map(([name, item]) => [this.#internString(name), this.#intern(item)]));
  }

  #internString(value: string): string {
    const pooled = this.#strings.get(value);
    if (pooled !== undefined) return pooled;
    if (this.#strings.size >= MAX_STRINGS) this.#strings.clear();
    this.#strings.set(value, value);
    return value;
  }
}

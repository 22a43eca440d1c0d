/** More are not remembered, so that names that come and go cannot fill the memory. */
const MOST = 20_000;

/** Makes equal texts one: most texts of a node's pods occur in many of them. */
export class StringPool {
  readonly #texts = new Map<string, string>();

  /** The same value with every text in it replaced by the equal one that was seen first. */
  intern<T>(value: T): T {
    return this.#share(value) as T;
  }

  #share(value: unknown): unknown {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.#share(item));
    const entries = Object.entries(value);
    // What is empty is often one object for all.
    if (entries.length === 0) return value;
    return Object.fromEntries(entries.map(([name, item]) => [this.#text(name), this.#share(item)]));
  }

  #text(value: string): string {
    const known = this.#texts.get(value);
    if (known !== undefined) return known;
    if (this.#texts.size >= MOST) this.#texts.clear();
    this.#texts.set(value, value);
    return value;
  }
}

/**
 * Looks up a range of a buffer in a fixed set of keys, without allocating a string.
 * A hash table with open addressing: the files have up to 130 keys, of which only a few are read.
 */
export class KeyTable {
  readonly #keys: readonly Uint8Array[];
  readonly #slots: Int16Array;
  readonly #mask: number;

  /** `keys` are ASCII and distinct; {@link find} returns the position in this list. */
  constructor(keys: readonly string[]) {
    this.#keys = keys.map((key) => Buffer.from(key, 'latin1'));
    const size = 2 ** Math.ceil(Math.log2(keys.length * 4 + 4));
    this.#mask = size - 1;
    this.#slots = new Int16Array(size).fill(-1);
    this.#keys.forEach((key, index) => {
      let slot = hash(key, 0, key.length) & this.#mask;
      while (this.#slots[slot] !== -1) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = index;
    });
  }

  /** Position of the key equal to `bytes[start, end)`, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    let slot = hash(bytes, start, end) & this.#mask;
    for (;;) {
      const index = this.#slots[slot] as number;
      if (index === -1 || equal(this.#keys[index] as Uint8Array, bytes, start, end)) return index;
      slot = (slot + 1) & this.#mask;
    }
  }
}

function hash(bytes: Uint8Array, start: number, end: number): number {
  let value = end - start;
  for (let index = start; index < end; index++) value = (Math.imul(value, 31) + (bytes[index] as number)) | 0;
  return value ^ (value >>> 15);
}

function equal(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  for (let index = 0; index < key.length; index++) {
    if (key[index] !== bytes[start + index]) return false;
  }
  return true;
}

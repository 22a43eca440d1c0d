import { parseDecimal, MALFORMED } from './decimal.ts';
import type { KeySlot } from './keyed.ts';
import { KeyTable } from './key-table.ts';
import { decodeBytes } from '../text.ts';

/**
 * Receives an item: its name, and the requested numbers by their slots. A number that the item does not have is NaN.
 * `numbers` is reused for the next item.
 */
export type OnItem = (name: string, numbers: Float64Array) => void;

/** The requested numbers of the current item. */
export class ListItem {
  readonly numbers: Float64Array;
  /** False once a requested number of any item was malformed. */
  valid = true;
  #hasNumbers = false;
  #nameStart = 0;
  #nameEnd = 0;
  readonly #table: KeyTable;
  readonly #slots: Int32Array;

  constructor(keys: readonly KeySlot[]) {
    this.numbers = new Float64Array(keys.length);
    this.#table = new KeyTable(keys.map(({ key }) => key));
    this.#slots = Int32Array.from(keys, ({ slot }) => slot);
  }

  /** Begins an item without a name. */
  begin(): void {
    this.numbers.fill(Number.NaN);
    this.#hasNumbers = false;
    this.#nameEnd = this.#nameStart;
  }

  /** Begins the item called `bytes[start, end)`. */
  beginNamed(start: number, end: number): void {
    this.begin();
    this.#nameStart = start;
    this.#nameEnd = end;
  }

  /** Passes the item to `onItem`, if it has a name and a requested number. */
  end(bytes: Uint8Array, onItem: OnItem): void {
    if (!this.#hasNumbers || this.#nameEnd === this.#nameStart) return;
    onItem(decodeBytes(bytes, this.#nameStart, this.#nameEnd), this.numbers);
  }

  /** Stores the number in `bytes[gap + 1, end)` if the key in `bytes[start, gap)` is requested. */
  take(bytes: Uint8Array, start: number, gap: number, end: number): void {
    const found = this.#table.find(bytes, start, gap);
    if (found < 0) return;
    const value = parseDecimal(bytes, gap + 1, end);
    if (value === MALFORMED) {
      this.valid = false;
      return;
    }
    this.numbers[this.#slots[found] as number] = value;
    this.#hasNumbers = true;
  }

  /** Stores the number in `bytes[start, end)`, the only one that the item has. */
  takeOnly(bytes: Uint8Array, start: number, end: number): void {
    const value = parseDecimal(bytes, start, end);
    if (value === MALFORMED) this.valid = false;
    else this.numbers.fill(value);
  }
}

import type { PagePool } from '../exposition/pages.ts';
import type { ExpositionWriter } from '../exposition/writer.ts';
import type { Slices } from './native/native.ts';

/** Where the text goes. */
export interface Output {
  /** Takes a piece; resolves when its memory may be used again. */
  send(piece: Buffer): Promise<void>;
}

/** Sends full pages whenever there is a pause. */
export class Flushing implements Slices {
  readonly #writer: ExpositionWriter;
  readonly #pool: PagePool;
  readonly #output: Output;
  readonly #slices: Slices;

  constructor(writer: ExpositionWriter, pool: PagePool, output: Output, slices: Slices) {
    this.#writer = writer;
    this.#pool = pool;
    this.#output = output;
    this.#slices = slices;
  }

  get due(): boolean {
    return this.#writer.hasFull || this.#slices.due;
  }

  async rest(): Promise<void> {
    for (const page of this.#writer.takeFull()) {
      await this.#output.send(page);
      this.#pool.give(page);
    }
    await this.#slices.rest();
  }
}

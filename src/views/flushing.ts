import type { Yielder } from '../base/yielder.ts';
import type { PagePool } from '../exposition/page-pool.ts';
import type { ExpositionWriter } from '../exposition/writer.ts';

/** Where the text goes. */
export interface Output {
  /** Takes a piece; resolves when its memory may be used again. */
  send(piece: Buffer): Promise<void>;
}

/** Sends full pages whenever there is a pause. */
export class Flushing implements Yielder {
  readonly #writer: ExpositionWriter;
  readonly #pool: PagePool;
  readonly #output: Output;
  readonly #yielder: Yielder;

  constructor(writer: ExpositionWriter, pool: PagePool, output: Output, yielder: Yielder) {
    this.#writer = writer;
    this.#pool = pool;
    this.#output = output;
    this.#yielder = yielder;
  }

  get shouldYield(): boolean {
    return this.#writer.hasFullPages || this.#yielder.shouldYield;
  }

  async yield(): Promise<void> {
    for (const page of this.#writer.takeFullPages()) {
      await this.#output.send(page);
      this.#pool.release(page);
    }
    await this.#yielder.yield();
  }
}

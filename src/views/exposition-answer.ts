import type { Yielder } from '../base/yielder.ts';
import type { PagePool } from '../exposition/page-pool.ts';
import { ExpositionWriter, type ExpositionFormat } from '../exposition/writer.ts';
import type { Output } from './endpoint.ts';

/**
 * Sends what `write` writes, page by page, so that the whole text is never in memory. `write` yields between families
 * as the yielder demands.
 *
 * @throws whatever `output` throws.
 */
export async function sendExposition<T>(
  { pool, format }: { readonly pool: PagePool; readonly format: ExpositionFormat },
  output: Output,
  write: (writer: ExpositionWriter, yielder: Yielder) => Promise<T>,
): Promise<T> {
  const writer = new ExpositionWriter(format, pool);
  try {
    const result = await write(writer, new Flushing(writer, pool, output));
    for (const page of writer.finish()) await output.send(page);
    return result;
  } finally {
    writer.release();
  }
}

/** Sends full pages whenever the writing is interrupted. */
class Flushing implements Yielder {
  readonly #writer: ExpositionWriter;
  readonly #pool: PagePool;
  readonly #output: Output;

  constructor(writer: ExpositionWriter, pool: PagePool, output: Output) {
    this.#writer = writer;
    this.#pool = pool;
    this.#output = output;
  }

  get shouldYield(): boolean {
    return this.#writer.hasFullPages || this.#output.yielder.shouldYield;
  }

  async yield(): Promise<void> {
    for (const page of this.#writer.takeFullPages()) {
      await this.#output.send(page);
      this.#pool.release(page);
    }
    await this.#output.yielder.yield();
  }
}

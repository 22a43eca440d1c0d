/** Fixed pieces of memory that are filled one after the other and used again, so that no large text is ever copied. */

const PAGE_SIZE = 256 * 1024;

/** Pages beyond this are left to the garbage collector: an answer has two or three under way. */
const MAX_SPARE_PAGES = 8;

/** Hands out pages and takes them back. */
export class PagePool {
  readonly #spare: Buffer[] = [];

  acquire(atLeast: number): Buffer {
    if (atLeast > PAGE_SIZE) return Buffer.allocUnsafeSlow(atLeast);
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(PAGE_SIZE);
  }

  /** Takes back a page, or the filled part of one. */
  release(page: Buffer): void {
    if (page.buffer.byteLength !== PAGE_SIZE || this.#spare.length >= MAX_SPARE_PAGES) return;
    this.#spare.push(Buffer.from(page.buffer));
  }
}

const PAGE_BYTES = 256 * 1024;

/** Further released pages are garbage-collected. A response has two or three pages in flight. */
const MAX_SPARE_PAGES = 8;

/** Pool of fixed-size buffers for response bodies, which avoids copies of large texts. */
export class PagePool {
  readonly #spare: Buffer[] = [];

  acquire(minBytes: number): Buffer {
    if (minBytes > PAGE_BYTES) return Buffer.allocUnsafeSlow(minBytes);
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(PAGE_BYTES);
  }

  /** Returns a page, or the filled part of one, to the pool. */
  release(page: Buffer): void {
    if (page.buffer.byteLength !== PAGE_BYTES || this.#spare.length >= MAX_SPARE_PAGES) return;
    this.#spare.push(Buffer.from(page.buffer));
  }
}

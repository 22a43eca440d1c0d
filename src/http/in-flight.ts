import type { ServerResponse } from 'node:http';

/** Bytes that slow clients may keep in memory. */
const MAX_BYTES = 24 * 1024 * 1024;

/** What is being sent, in memory until its clients have taken it; clients of the same content share it. */
export interface Content {
  readonly byteLength: number;
}

/** A response on its way to its client. */
export interface InFlightResponse {
  readonly response: ServerResponse;
  /** Memory that it needs besides the content. */
  readonly ownBytes: number;
  content: Content | undefined;
  /** Milliseconds of `performance.now()` when the socket took a piece last. */
  progressAt: number;
}

/**
 * Responses on their way to their clients. While they need more than {@link MAX_BYTES} together, the client that has
 * taken nothing for the longest time is disconnected. A single content is allowed whatever its size is.
 */
export class InFlight {
  readonly #current = new Set<InFlightResponse>();

  get size(): number {
    return this.#current.size;
  }

  add(response: ServerResponse, ownBytes = 0): InFlightResponse {
    const added: InFlightResponse = { response, ownBytes, content: undefined, progressAt: performance.now() };
    this.#current.add(added);
    return added;
  }

  remove(response: InFlightResponse): void {
    this.#current.delete(response);
  }

  /** Sets what a response keeps in memory from now on. */
  hold(response: InFlightResponse, content: Content | undefined): void {
    response.content = content;
    for (const slowest of [...this.#current].toSorted((a, b) => a.progressAt - b.progressAt)) {
      if (this.#bytes() <= MAX_BYTES) return;
      if (slowest.content === undefined) continue;
      this.#current.delete(slowest);
      slowest.response.destroy();
    }
  }

  #bytes(): number {
    const contents = new Set<Content>();
    let bytes = 0;
    for (const { ownBytes, content } of this.#current) {
      bytes += ownBytes;
      if (content !== undefined) contents.add(content);
    }
    if (contents.size > 1) for (const { byteLength } of contents) bytes += byteLength;
    return bytes;
  }
}

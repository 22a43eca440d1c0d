import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { LimitFunction } from 'p-limit';

/** Level 1 takes a third of the time of the default level 6 and leaves the text about a fifth larger. */
const GZIP_LEVEL = 1;

/** Thrown when whoever asked has hung up. */
export class HungUp extends Error {
  override readonly name = 'HungUp';
}

/** Sends pieces of an answer as they are made, compressed if a limiter for compressions is given. */
export class ResponseOutput {
  readonly #response: ServerResponse;
  readonly #stream: Writable;
  readonly #compressions: LimitFunction | undefined;
  readonly #closed: Promise<void>;

  constructor(response: ServerResponse, compressions: LimitFunction | undefined) {
    this.#response = response;
    this.#compressions = compressions;
    this.#closed = response.closed ? Promise.resolve() : new Promise((resolve) => response.once('close', resolve));
    this.#stream = compressions === undefined ? response : createGzip({ level: GZIP_LEVEL });
    if (this.#stream !== response) (this.#stream as ReturnType<typeof createGzip>).pipe(response);
  }

  /**
   * Resolves when `piece` is out of our hands.
   *
   * @throws {HungUp} if the connection is closed before.
   */
  async send(piece: Buffer): Promise<void> {
    const write = (): Promise<void> =>
      new Promise((resolve, reject) => {
        this.#stream.write(piece, (error) => (error ? reject(error) : resolve()));
      });
    await this.#orHungUp(
      this.#compressions === undefined ? write() : this.#compressions(() => this.#orHungUp(write())),
    );
  }

  /** Ends the answer; resolves when the connection has taken all of it. */
  async end(): Promise<void> {
    this.#stream.end();
    await this.#closed;
  }

  /** A compressor that nobody reads from any more never answers. */
  async #orHungUp(work: Promise<void>): Promise<void> {
    const hungUp = this.#closed.then(() => {
      if (this.#stream !== this.#response) this.#stream.destroy();
      throw new HungUp('the connection was closed');
    });
    await Promise.race([work, hungUp]);
  }
}

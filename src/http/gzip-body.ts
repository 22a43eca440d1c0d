import { Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { TimeSlice } from '../base/yielder.ts';
import type { Output } from '../views/endpoint.ts';

/** Level 1 takes a third of the time of the default level 6 and leaves the text about a fifth larger. */
const GZIP_LEVEL = 1;

/** A slow client must take at least this many bytes within the time that is allowed for a piece. */
const PIECE_BYTES = 16 * 1024;

/** Memory of a stream that decompresses. */
export const GUNZIP_BYTES = 64 * 1024;

/** A complete response body, which is kept compressed whether its clients accept that or not. */
export class GzipBody {
  readonly #pieces: readonly Buffer[];
  /** Compressed. */
  readonly byteLength: number;

  constructor(pieces: readonly Buffer[]) {
    this.#pieces = pieces;
    this.byteLength = pieces.reduce((sum, { length }) => sum + length, 0);
  }

  /** The body in pieces of at most 16 kB. */
  pieces(compressed: boolean): AsyncIterable<Buffer> | Iterable<Buffer> {
    if (compressed) return this.#pieces;
    // Without an error handler the stream of an abandoned iteration would end the process.
    const gunzip = createGunzip({ chunkSize: PIECE_BYTES }).on('error', () => {});
    return Readable.from(this.#pieces).pipe(gunzip) as AsyncIterable<Buffer>;
  }
}

/** Compresses pieces of a response as they are written. */
export class GzipOutput implements Output {
  readonly yielder = new TimeSlice();
  readonly deadline: number;
  readonly #gzip = createGzip({ level: GZIP_LEVEL, chunkSize: PIECE_BYTES });
  readonly #pieces: Buffer[] = [];

  /** `deadline` in milliseconds of `performance.now()`. */
  constructor(deadline: number) {
    this.deadline = deadline;
    this.#gzip.on('data', (piece: Buffer) => this.#pieces.push(piece));
  }

  async send(piece: Buffer): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#gzip.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** The body; nothing may be sent after this. */
  async end(): Promise<GzipBody> {
    await new Promise<void>((resolve, reject) => {
      this.#gzip.once('end', resolve).once('error', reject);
      this.#gzip.end();
    });
    return new GzipBody(this.#pieces);
  }

  /** Releases the compressor. */
  close(): void {
    this.#gzip.destroy();
  }
}

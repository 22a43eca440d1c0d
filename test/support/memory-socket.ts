import { Duplex } from 'node:stream';

/**
 * One end of a connection without a network: as much of a socket as node's HTTP client and server use. Nothing of it
 * waits for the machine, so that all data has arrived after some turns of the event loop.
 */
export class MemorySocket extends Duplex {
  #other: MemorySocket | undefined;
  /** Called when this end has read what the other end wrote. */
  #taken: (() => void) | undefined;

  private constructor() {
    // As of a socket: it ends when the other end has ended.
    super({ allowHalfOpen: false });
  }

  /** Two ends of one connection. */
  static pair(): readonly [MemorySocket, MemorySocket] {
    const [one, other] = [new MemorySocket(), new MemorySocket()];
    one.#other = other;
    other.#other = one;
    return [one, other];
  }

  /** An end of a connection that was never made. */
  static refused(): MemorySocket {
    const socket = new MemorySocket();
    socket.destroy(withCode('ECONNREFUSED'));
    return socket;
  }

  override _read(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#other === undefined) done();
    else this.#other.#receive(chunk, done);
  }

  override _final(done: () => void): void {
    this.#other?.push(null); // oxlint-disable-line unicorn/no-null -- how a stream is told its end
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const other = this.#other;
    this.#other = undefined;
    if (other?.readableEnded === false) other.destroy(withCode('ECONNRESET'));
    else other?.destroy();
    done(error);
  }

  /** Ends the connection at once; the other end gets an error. */
  resetAndDestroy(): this {
    return this.destroy();
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  #receive(chunk: Buffer, done: () => void): void {
    if (this.destroyed) done();
    else if (this.push(chunk)) process.nextTick(done);
    else this.#taken = done;
  }
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}

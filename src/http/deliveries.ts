import type { ServerResponse } from 'node:http';
import { GUNZIP_BYTES, type GzipBody } from './gzip-body.ts';
import { InFlight } from './in-flight.ts';

/** Milliseconds within which the socket must take a piece of a body. */
export const MAX_STALL_MS = 10_000;

/** Thrown when the connection was closed before the end of the response, by either side. */
export class ClientDisconnected extends Error {
  override readonly name = 'ClientDisconnected';
}

/** How a body is sent. */
export interface DeliveryOptions {
  /** Whether the client accepts gzip. */
  readonly compressed: boolean;
  /** Milliseconds of `performance.now()` after which the connection is closed. */
  readonly deadline: number;
}

/**
 * Sends bodies to their clients. A client that takes nothing for {@link MAX_STALL_MS}, or whose deadline has passed, is
 * disconnected; so is the slowest if all need too much memory.
 */
export class Deliveries {
  readonly #inFlight = new InFlight();

  /**
   * Sends `body` and ends the response.
   *
   * @throws {ClientDisconnected} if the connection is closed before.
   */
  async send(response: ServerResponse, body: GzipBody, { compressed, deadline }: DeliveryOptions): Promise<void> {
    const delivery = this.#inFlight.add(response, compressed ? 0 : GUNZIP_BYTES);
    const end = setTimeout(() => response.destroy(), Math.max(0, deadline - performance.now()));
    this.#inFlight.hold(delivery, body);
    try {
      const taken = (): void => void (delivery.progressAt = performance.now());
      await sendPieces(response, body.pieces(compressed), { maxStallMs: MAX_STALL_MS, taken });
    } finally {
      clearTimeout(end);
      this.#inFlight.remove(delivery);
    }
  }
}

/** How pieces are sent. */
interface SendOptions {
  /** Milliseconds within which the socket must take a piece, once there is one. */
  readonly maxStallMs: number;
  /** Called when the socket has taken a piece. */
  readonly taken?: () => void;
}

/**
 * Sends pieces one after the other, each when the socket has taken the one before, and ends the response.
 *
 * @throws {ClientDisconnected} if the connection is closed before, also because the socket takes nothing for too long.
 */
export async function sendPieces(
  response: ServerResponse,
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
  { maxStallMs, taken }: SendOptions,
): Promise<void> {
  for await (const piece of pieces) {
    await untilDone(response, maxStallMs, (done) => response.write(piece, done));
    if (response.destroyed) throw new ClientDisconnected('the connection was closed');
    taken?.();
  }
  await untilDone(response, maxStallMs, () => response.end());
}

/** Resolves when `work` has called back or the response is closed, which it is after `maxStallMs` at the latest. */
async function untilDone(
  response: ServerResponse,
  maxStallMs: number,
  work: (done: () => void) => unknown,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const done = (): void => resolve(undefined);
  const stall = setTimeout(() => response.destroy(), maxStallMs);
  response.once('close', done);
  if (response.closed) done();
  else work(done);
  await promise;
  clearTimeout(stall);
  response.off('close', done);
}

import type { ServerResponse } from 'node:http';
import { GUNZIP_BYTES, type GzipBody } from './gzip-body.ts';

/** Milliseconds within which the socket must take a piece of a body. */
export const MAX_STALL_MS = 10_000;

/** Bytes of bodies that slow clients may keep in memory. */
const MAX_BYTES = 24 * 1024 * 1024;

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

/** A body on its way to its client. */
interface Delivery {
  readonly response: ServerResponse;
  readonly body: GzipBody;
  /** Memory that it needs besides the body. */
  readonly bytes: number;
  /** Milliseconds of `performance.now()` when the socket took a piece last. */
  progressAt: number;
}

/**
 * Sends bodies to their clients. A client that takes nothing for {@link MAX_STALL_MS}, or whose deadline has passed, is
 * disconnected; so is the one that has taken nothing for the longest time if all need more than {@link MAX_BYTES}.
 */
export class Deliveries {
  readonly #current = new Set<Delivery>();

  /**
   * Sends `body` and ends the response.
   *
   * @throws {ClientDisconnected} if the connection is closed before.
   */
  async send(response: ServerResponse, body: GzipBody, { compressed, deadline }: DeliveryOptions): Promise<void> {
    const delivery: Delivery = { response, body, bytes: compressed ? 0 : GUNZIP_BYTES, progressAt: performance.now() };
    const end = setTimeout(() => response.destroy(), Math.max(0, deadline - performance.now()));
    this.#current.add(delivery);
    this.#limitMemory();
    try {
      const taken = (): void => void (delivery.progressAt = performance.now());
      await sendPieces(response, body.pieces(compressed), { maxStallMs: MAX_STALL_MS, taken });
    } finally {
      clearTimeout(end);
      this.#current.delete(delivery);
    }
  }

  #limitMemory(): void {
    const slowestFirst = [...this.#current].toSorted((a, b) => a.progressAt - b.progressAt);
    for (const delivery of slowestFirst) {
      if (bytesOf(this.#current) <= MAX_BYTES) return;
      this.#current.delete(delivery);
      delivery.response.destroy();
    }
  }
}

/** Deliveries of one rendering share its body. */
function bytesOf(deliveries: Iterable<Delivery>): number {
  const bodies = new Set<GzipBody>();
  let bytes = 0;
  for (const delivery of deliveries) {
    bytes += delivery.bytes + (bodies.has(delivery.body) ? 0 : delivery.body.bytes);
    bodies.add(delivery.body);
  }
  return bytes;
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

import type { Context } from 'koa';
import type { StreamAnswer } from '../views/endpoint.ts';
import { MAX_STALL_MS, sendPieces } from './deliveries.ts';
import { eventPieces } from './event-pieces.ts';
import { InFlight, type InFlightResponse } from './in-flight.ts';
import { refuse } from './refuse.ts';

/** Milliseconds after which a stream ends, so that the client authenticates again. */
export const MAX_STREAM_MS = 3_600_000;

/** Milliseconds between comments while there is no event; proxies close connections that are idle for a minute. */
export const KEEP_ALIVE_MS = 15_000;

/** Part of `--web.max-requests` that streams may take, and their number if that is unlimited. */
const MAX_SHARE = 0.5;
const MAX_STREAMS = 100;

/**
 * Sends streams of events to their clients. A client that does not read costs one event, and is disconnected when it has
 * taken nothing for {@link MAX_STALL_MS}; so is the slowest if all need too much memory.
 */
export class Streams {
  readonly #max: number;
  readonly #stopping: AbortSignal;
  readonly #inFlight = new InFlight();

  /** `maxRequests` is that of scrapes, 0 for no limit; streams end when `stopping` is aborted. */
  constructor(maxRequests: number, stopping: AbortSignal) {
    this.#max = maxRequests === 0 ? MAX_STREAMS : Math.min(MAX_STREAMS, Math.ceil(maxRequests * MAX_SHARE));
    this.#stopping = stopping;
  }

  /** 200 and the events; 503 if there are too many streams, or at shutdown. */
  async handle(context: Context, answer: StreamAnswer): Promise<void> {
    if (context.method !== 'HEAD' && (this.#inFlight.size >= this.#max || this.#stopping.aborted)) {
      refuse(context, 'too many streams, retry later');
      return;
    }
    context.status = 200;
    context.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
    if (context.method === 'HEAD') return;
    context.respond = false;
    const stream = this.#inFlight.add(context.res);
    try {
      await this.#send(stream, answer);
    } finally {
      this.#inFlight.remove(stream);
    }
  }

  async #send(stream: InFlightResponse, answer: StreamAnswer): Promise<void> {
    const { response } = stream;
    const ended = new AbortController();
    const end = (): void => ended.abort();
    const timer = setTimeout(end, MAX_STREAM_MS);
    response.once('close', end);
    this.#stopping.addEventListener('abort', end, { once: true });
    response.flushHeaders();
    try {
      const sending = (event?: Buffer): void => this.#inFlight.hold(stream, event);
      const taken = (): void => void (stream.progressAt = performance.now());
      const { signal } = ended;
      const pieces = eventPieces(answer.events(signal), { keepAliveMs: KEEP_ALIVE_MS, signal, sending });
      await sendPieces(response, pieces, { maxStallMs: MAX_STALL_MS, taken });
    } catch (error) {
      // The response has begun: only its end can report the failure.
      response.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
      end();
      this.#stopping.removeEventListener('abort', end);
    }
  }
}

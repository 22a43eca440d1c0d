import type { Context } from 'koa';
import type { Collections } from '../collect/collections.ts';
import type { SnapshotAnswer } from '../views/endpoint.ts';
import { ResponseOutput } from './response-output.ts';
import { scrapeBudget } from './scrape-budget.ts';

export interface ScrapeHandlerParts {
  readonly collections: Collections;
  /** Limit of in-flight scrapes; 0 for none. */
  readonly maxRequests: number;
}

/** A response that takes longer than this many milliseconds is aborted. */
const MAX_RESPONSE_MS = 120_000;

/** Sends the answers that are written from a collection, whatever endpoint they are of: limited together, in pieces. */
export class ScrapeHandler {
  readonly #parts: ScrapeHandlerParts;
  #inFlight = 0;

  constructor(parts: ScrapeHandlerParts) {
    this.#parts = parts;
  }

  /** 200; 503 if too many scrapes are in flight. */
  async handle(context: Context, answer: SnapshotAnswer): Promise<void> {
    const { maxRequests } = this.#parts;
    if (maxRequests > 0 && this.#inFlight >= maxRequests) {
      context.status = 503;
      context.body = `${maxRequests} scrapes in flight, retry later\n`;
      return;
    }
    this.#inFlight++;
    // A client that reads very slowly would otherwise hold a snapshot, and one of the slots, for as long as it likes.
    const timer = setTimeout(() => context.res.destroy(), MAX_RESPONSE_MS);
    context.res.once('close', () => {
      this.#inFlight--;
      clearTimeout(timer);
    });
    await this.#send(context, answer);
  }

  async #send(context: Context, answer: SnapshotAnswer): Promise<void> {
    context.status = 200;
    context.set('Content-Type', answer.contentType);
    context.vary(answer.vary === undefined ? 'Accept-Encoding' : `${answer.vary}, Accept-Encoding`);
    if (context.method === 'HEAD') return;
    const deadline = performance.now() + scrapeBudget(context.get('X-Prometheus-Scrape-Timeout-Seconds')) * 1000;
    const compressed = context.acceptsEncodings('gzip', 'identity') === 'gzip';
    await this.#parts.collections.use(answer.collectors, deadline, async (snapshot) => {
      if (compressed) context.set('Content-Encoding', 'gzip');
      // Pieces are sent as they are written; the framework would need the whole text at once.
      context.respond = false;
      const output = new ResponseOutput(context.res, { compressed, deadline });
      await answer.write(snapshot, output);
      await output.end();
    });
  }
}

import type { Context } from 'koa';
import type { Collections } from '../collect/collections.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { UnknownCollector, scrapeBudget } from './negotiation.ts';
import { ResponseOutput } from './response-output.ts';

export interface ScrapeHandlerParts {
  readonly collections: Collections;
  /** Limit of in-flight scrapes; 0 for none. */
  readonly maxRequests: number;
}

/** An answer that is made from a snapshot. */
export interface SnapshotAnswer {
  /** Collectors that it is made of. */
  readonly wanted: ReadonlySet<string>;
  readonly contentType: string;
  /** Names of the request's headers on which the answer depends, besides `Accept-Encoding`. */
  readonly vary?: string;
  /** Writes it. `deadline` is as of `performance.now()`. */
  readonly write: (snapshot: Snapshot, output: ResponseOutput, deadline: number) => Promise<unknown>;
}

/** Milliseconds after which an answer that is not out is broken off. */
const MAX_ANSWER_MS = 120_000;

/** Answers that are made from snapshots, by whichever path they are asked for: limited together, sent in pieces. */
export class ScrapeHandler {
  readonly #parts: ScrapeHandlerParts;
  #inFlight = 0;

  constructor(parts: ScrapeHandlerParts) {
    this.#parts = parts;
  }

  /** 200; 400 if `choose` throws {@link UnknownCollector}; 503 if too many ask at once. */
  async handle(context: Context, choose: () => SnapshotAnswer): Promise<void> {
    const { maxRequests } = this.#parts;
    if (maxRequests > 0 && this.#inFlight >= maxRequests) {
      context.status = 503;
      context.body = `${maxRequests} scrapes in flight, retry later\n`;
      return;
    }
    this.#inFlight++;
    // Whoever reads very slowly would hold a snapshot, and one of the places for others, for as long as they like.
    const timer = setTimeout(() => context.res.destroy(), MAX_ANSWER_MS);
    context.res.once('close', () => {
      this.#inFlight--;
      clearTimeout(timer);
    });
    try {
      await this.#send(context, choose());
    } catch (error) {
      if (!(error instanceof UnknownCollector)) throw error;
      context.status = 400;
      context.body = `${error.message}\n`;
    }
  }

  async #send(context: Context, answer: SnapshotAnswer): Promise<void> {
    context.status = 200;
    context.set('Content-Type', answer.contentType);
    context.vary(answer.vary === undefined ? 'Accept-Encoding' : `${answer.vary}, Accept-Encoding`);
    if (context.method === 'HEAD') return;
    const deadline = performance.now() + scrapeBudget(context.get('X-Prometheus-Scrape-Timeout-Seconds')) * 1000;
    const compressed = context.acceptsEncodings('gzip', 'identity') === 'gzip';
    await this.#parts.collections.use(answer.wanted, deadline, async (snapshot) => {
      if (compressed) context.set('Content-Encoding', 'gzip');
      // Pieces are sent as they are written; the framework would want the whole text at once.
      context.respond = false;
      const output = new ResponseOutput(context.res, compressed);
      await answer.write(snapshot, output, deadline);
      await output.end();
    });
  }
}

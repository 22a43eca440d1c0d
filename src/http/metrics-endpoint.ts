import type { Context } from 'koa';
import type { Collections } from '../scrape/collections.ts';
import { Pace } from '../scrape/pace.ts';
import type { MetricsView } from '../views/metrics.ts';
import { chooseCollectors, chooseFormat, scrapeBudget, UnknownCollector } from './negotiation.ts';
import { ResponseOutput } from './response-output.ts';

export interface MetricsEndpointParts {
  readonly collections: Collections;
  readonly view: MetricsView;
  /** Collectors that are switched on. */
  readonly collectors: ReadonlySet<string>;
  /** Answers under way at a time; 0 for no limit. */
  readonly maxRequests: number;
}

/** Milliseconds after which an answer that is not out is broken off. */
const LONGEST_ANSWER = 120_000;

/** Answers `/metrics`. */
export class MetricsEndpoint {
  readonly #parts: MetricsEndpointParts;
  #underWay = 0;

  constructor(parts: MetricsEndpointParts) {
    this.#parts = parts;
  }

  /** 200; 400 for a collector that is not there; 503 if too many ask at once. */
  async answer(context: Context): Promise<void> {
    const { maxRequests } = this.#parts;
    if (maxRequests > 0 && this.#underWay >= maxRequests) {
      context.status = 503;
      context.body = `${maxRequests} requests are being answered, try again later\n`;
      return;
    }
    this.#underWay++;
    // Whoever reads very slowly would hold a snapshot, and one of the places for others, for as long as they like.
    const timer = setTimeout(() => context.res.destroy(), LONGEST_ANSWER);
    context.res.once('close', () => {
      this.#underWay--;
      clearTimeout(timer);
    });
    try {
      await this.#metrics(context, chooseCollectors(new URLSearchParams(context.querystring), this.#parts.collectors));
    } catch (error) {
      if (!(error instanceof UnknownCollector)) throw error;
      context.status = 400;
      context.body = `${error.message}\n`;
    }
  }

  async #metrics(context: Context, wanted: ReadonlySet<string>): Promise<void> {
    const { collections, view } = this.#parts;
    const format = chooseFormat(context.get('Accept'));
    context.status = 200;
    context.set('Content-Type', view.contentType(format));
    context.vary('Accept, Accept-Encoding');
    if (context.method === 'HEAD') return;
    const deadline = performance.now() + scrapeBudget(context.get('X-Prometheus-Scrape-Timeout-Seconds')) * 1000;
    const compressed = context.acceptsEncodings('gzip', 'identity') === 'gzip';
    await collections.use(wanted, deadline, async (snapshot) => {
      if (compressed) context.set('Content-Encoding', 'gzip');
      // Pieces are sent as they are written; the framework would want the whole text at once.
      context.respond = false;
      const output = new ResponseOutput(context.res, compressed);
      await view.write(snapshot, { wanted, format }, output, new Pace());
      await output.end();
    });
  }
}

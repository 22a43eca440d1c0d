import type { Context } from 'koa';
import type { Collections } from '../collect/collections.ts';
import type { SnapshotAnswer } from '../views/endpoint.ts';
import { Deliveries } from './deliveries.ts';
import type { GzipBody } from './gzip-body.ts';
import { Renderings, type Refusal } from './renderings.ts';
import { refuse } from './refuse.ts';
import { announcedTimeout, scrapeBudget } from './scrape-budget.ts';

export interface ScrapeHandlerParts {
  readonly collections: Collections;
  /** Limit of different scrapes whose answer is not yet complete; 0 for none. */
  readonly maxRequests: number;
  /** Aborted at shutdown. */
  readonly stopping: AbortSignal;
}

/** Milliseconds after which a client is disconnected, whatever timeout it announced. */
const MAX_RESPONSE_MS = 120_000;

/** Milliseconds after the timeout that a client announced, when it has given up. */
const GRACE_MS = 1000;

const REFUSALS: Readonly<Record<Refusal, string>> = {
  busy: 'too many scrapes in progress, retry later',
  late: 'no answer in time, retry later',
};

/**
 * Answers scrapes, whatever endpoint they are of. The number of those that are in progress is limited, not of those that
 * only have to be sent: a slow client holds its compressed answer and nothing else.
 */
export class ScrapeHandler {
  readonly #renderings: Renderings;
  readonly #deliveries = new Deliveries();
  readonly #stopping: AbortSignal;

  constructor({ collections, maxRequests, stopping }: ScrapeHandlerParts) {
    this.#renderings = new Renderings(collections, maxRequests);
    this.#stopping = stopping;
  }

  /** 200; 503 if too many scrapes are in progress, or if the answer is not ready in time. */
  async handle(context: Context, answer: SnapshotAnswer): Promise<void> {
    const arrivedAt = performance.now();
    context.status = 200;
    context.set('Content-Type', answer.contentType);
    context.vary(answer.vary === undefined ? 'Accept-Encoding' : `${answer.vary}, Accept-Encoding`);
    if (context.method === 'HEAD') return;
    const body = await this.#render(context, answer, arrivedAt);
    if (typeof body === 'string') {
      refuse(context, REFUSALS[body]);
      return;
    }
    const compressed = context.acceptsEncodings('gzip', 'identity') === 'gzip';
    if (compressed) context.set('Content-Encoding', 'gzip');
    // Pieces are sent one after the other; the framework would need the whole text at once.
    context.respond = false;
    const seconds = announcedTimeout(timeoutHeader(context)) ?? Infinity;
    const deadline = arrivedAt + Math.min(MAX_RESPONSE_MS, seconds * 1000 + GRACE_MS);
    await this.#deliveries.send(context.res, body, { compressed, deadline });
  }

  async #render(context: Context, answer: SnapshotAnswer, arrivedAt: number): Promise<GzipBody | Refusal> {
    const timeout = timeoutHeader(context);
    const deadline = arrivedAt + scrapeBudget(timeout) * 1000;
    const disconnected = new AbortController();
    context.res.once('close', () => disconnected.abort());
    await answer.prepare?.(deadline, AbortSignal.any([disconnected.signal, this.#stopping]));
    return this.#renderings.render({
      key: [timeout, context.url, answer.contentType, ...varied(context, answer)].join('\n'),
      answer,
      deadline,
      signal: disconnected.signal,
    });
  }
}

function timeoutHeader(context: Context): string {
  return context.get('X-Prometheus-Scrape-Timeout-Seconds');
}

/** What the answer depends on besides the URL. */
function varied(context: Context, { vary = '' }: SnapshotAnswer): readonly string[] {
  return vary.split(', ').map((name) => (name === '' ? '' : context.get(name)));
}

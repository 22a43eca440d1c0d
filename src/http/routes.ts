import { gunzipSync } from 'node:zlib';
import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Endpoint, EndpointRequest, PlainAnswer } from '../views/endpoint.ts';
import { ScrapeHandler, type ScrapeHandlerParts } from './scrape-handler.ts';
import { Streams } from './streams.ts';

export interface RoutesParts extends ScrapeHandlerParts {
  readonly endpoints: readonly Endpoint[];
}

/** A route for every endpoint. */
export function routes(parts: RoutesParts): Router {
  const router = new Router();
  const scrapes = new ScrapeHandler(parts);
  const streams = new Streams(parts.maxRequests, parts.stopping);
  for (const endpoint of parts.endpoints) {
    router.register(endpoint.path, [...endpoint.methods], async (context) => {
      const answer = endpoint.answer(requestOf(context));
      if (answer.kind === 'plain') sendPlain(context, answer);
      else if (answer.kind === 'stream') await streams.handle(context, answer);
      else await scrapes.handle(context, answer);
    });
  }
  return router;
}

/** Paths that need no credentials. */
export function publicPaths(endpoints: readonly Endpoint[]): ReadonlySet<string> {
  return new Set(endpoints.filter(({ isPublic }) => isPublic === true).map(({ path }) => path));
}

function requestOf(context: Context): EndpointRequest {
  return { query: new URLSearchParams(context.querystring), header: (name) => context.get(name) };
}

/** 304 if the client has the body with this `ETag` already. */
function sendPlain(context: Context, { status, contentType, headers = {}, body, encoding }: PlainAnswer): void {
  context.status = status;
  context.set({ ...headers, 'Content-Type': contentType });
  if (encoding !== undefined) context.vary('Accept-Encoding');
  if (context.fresh) {
    context.status = 304;
    return;
  }
  const compressed = encoding !== undefined && context.acceptsEncodings(encoding, 'identity') === encoding;
  if (compressed) context.set('Content-Encoding', encoding);
  context.body = encoding === undefined || compressed ? body : gunzipSync(body);
}

import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Selector } from './api-history.ts';

/** A request as the stand-in API server understood it. */
export interface ApiRequest {
  readonly kind: 'list' | 'watch' | 'other';
  /** Path and query as they were sent. */
  readonly url: string;
  /** The node of `fieldSelector=spec.nodeName=NODE`. */
  readonly nodeName: string | undefined;
  /** The version to watch from; absent when the watch begins with what there is. */
  readonly resourceVersion: number | undefined;
  readonly allowBookmarks: boolean;
  /** After how many seconds a watch asks to be ended. */
  readonly timeoutSeconds: number | undefined;
  /** Content of the Authorization header. */
  readonly authorization: string | undefined;
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** Reads what matters from a request. */
export function parseRequest({ url = '/', method, headers }: IncomingMessage): ApiRequest {
  const { pathname, searchParams: query } = new URL(url, 'http://stand-in');
  const isSet = (name: string): boolean => ['1', 'true'].includes(query.get(name) ?? '');
  // Version 0 asks for any state, as an absent one does.
  const number = (name: string): number | undefined => Number(query.get(name) ?? 0) || undefined;
  const ofPods = pathname === '/api/v1/pods' && method === 'GET';
  const kind = isSet('watch') ? 'watch' : 'list';
  return {
    kind: ofPods ? kind : 'other',
    url,
    nodeName: /^spec\.nodeName==?([^,=]+)$/.exec(query.get('fieldSelector') ?? '')?.[1],
    resourceVersion: number('resourceVersion'),
    allowBookmarks: isSet('allowWatchBookmarks'),
    timeoutSeconds: number('timeoutSeconds'),
    authorization: headers.authorization,
  };
}

/** The pods that a request asks for. */
export function selectorOf({ nodeName }: ApiRequest): Selector {
  return (pod) => nodeName === undefined || pod.spec.nodeName === nodeName;
}

/** The API's error object. */
export function failure(code: number): object {
  const reason = REASONS[code] ?? 'Unknown';
  const message = `stand-in: ${reason}`;
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}

/** Answers with JSON and ends. */
export function sendJson(
  response: ServerResponse,
  code: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(code, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

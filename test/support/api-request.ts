import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Selector } from './api-history.ts';

/** A request as the stand-in API server understood it. */
export interface ApiRequest {
  readonly kind: 'list' | 'watch' | 'other';
  /** Path and query as they were sent. */
  readonly url: string;
  /** The node of `fieldSelector=spec.nodeName=NODE`. */
  readonly nodeName: string | undefined;
  /** The pod of `fieldSelector=metadata.name=POD`. */
  readonly podName: string | undefined;
  /** Of the path; absent when it is that of all namespaces. */
  readonly namespace: string | undefined;
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
  const pods = /^\/api\/v1\/(?:namespaces\/([^/]+)\/)?pods$/.exec(pathname);
  const kind = isSet('watch') ? 'watch' : 'list';
  const selected = (field: string): string | undefined => {
    const [name, value] = (query.get('fieldSelector') ?? '').split(/==?/);
    return name === field ? value : undefined;
  };
  return {
    kind: pods !== null && method === 'GET' ? kind : 'other',
    url,
    nodeName: selected('spec.nodeName'),
    podName: selected('metadata.name'),
    namespace: pods?.[1],
    resourceVersion: number('resourceVersion'),
    allowBookmarks: isSet('allowWatchBookmarks'),
    timeoutSeconds: number('timeoutSeconds'),
    authorization: headers.authorization,
  };
}

/** The pods that a request asks for. */
export function selectorOf({ nodeName, podName, namespace }: ApiRequest): Selector {
  return ({ metadata, spec }) =>
    (nodeName === undefined || spec.nodeName === nodeName) &&
    (podName === undefined || metadata.name === podName) &&
    (namespace === undefined || metadata.namespace === namespace);
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

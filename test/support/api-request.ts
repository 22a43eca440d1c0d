import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Selector } from './api-history.ts';

/** A request, as the stand-in API server parsed it. */
export interface ApiRequest {
  readonly kind: 'list' | 'watch' | 'other';
  /** Path and query as they were sent. */
  readonly url: string;
  readonly query: Readonly<Record<string, string>>;
  /** The node of `fieldSelector=spec.nodeName=NODE`. */
  readonly nodeName: string | undefined;
  /** The pod of `fieldSelector=metadata.name=POD`. */
  readonly podName: string | undefined;
  /** Of the path; absent when it is that of all namespaces. */
  readonly namespace: string | undefined;
  /** The version to watch from, or that a list must have reached: 0 for any state; absent for the latest. */
  readonly resourceVersion: number | undefined;
  readonly allowBookmarks: boolean;
  /** Seconds after which a watch ends. */
  readonly timeoutSeconds: number | undefined;
  /** Content of the Authorization header. */
  readonly authorization: string | undefined;
}

/** A request that has been received; the response may have ended. */
export interface ReceivedRequest extends ApiRequest {
  readonly response: ServerResponse;
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
  const number = (name: string): number | undefined => {
    const text = query.get(name);
    return text === null || text === '' ? undefined : Number(text);
  };
  const pods = /^\/api\/v1\/(?:namespaces\/([^/]+)\/)?pods$/.exec(pathname);
  const kind = isSet('watch') ? 'watch' : 'list';
  const selected = (field: string): string | undefined => {
    const [name, value] = (query.get('fieldSelector') ?? '').split(/==?/);
    return name === field ? value : undefined;
  };
  return {
    kind: pods !== null && method === 'GET' ? kind : 'other',
    url,
    query: Object.fromEntries(query),
    nodeName: selected('spec.nodeName'),
    podName: selected('metadata.name'),
    namespace: pods?.[1],
    resourceVersion: number('resourceVersion'),
    allowBookmarks: isSet('allowWatchBookmarks'),
    timeoutSeconds: number('timeoutSeconds'),
    authorization: headers.authorization,
  };
}

/** The pods that a request selects. */
export function selectorOf({ nodeName, podName, namespace }: ApiRequest): Selector {
  return ({ metadata, spec }) =>
    (nodeName === undefined || spec.nodeName === nodeName) &&
    (podName === undefined || metadata.name === podName) &&
    (namespace === undefined || metadata.namespace === namespace);
}

/** The API's error object. Its message is nothing that a client should repeat. */
export function failure(code: number): object {
  const reason = REASONS[code] ?? 'Unknown';
  const message = `stand-in: secret ${reason}`;
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}

/** The text of a list of pods in a version. */
export function podList(version: string | number, items: readonly object[]): string {
  return JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: String(version) }, items });
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

import { once } from 'node:events';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { ApiFailure, statusFailure } from './failure.ts';
import type { Clock } from '../base/clock.ts';

/** What is needed to be let in. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** Certificates and the agent. */
  readonly options: RequestOptions;
}

/** A server of the cluster: the API server, or a kubelet. */
export interface ApiServer extends Credentials {
  /** Without a slash at its end. */
  readonly url: string;
}

export interface ApiRequest {
  /** Path and query. */
  readonly path: string;
  /** Milliseconds of silence after which the connection is taken for dead. */
  readonly idle: number;
  /** Milliseconds after which the answer must be over, however busy. */
  readonly longest: number;
  readonly signal: AbortSignal;
}

/** Milliseconds after which the kernel begins to probe a silent connection. */
const KEEP_ALIVE = 30_000;

/** Sends requests to a server of the cluster. Credentials are asked for anew each time, because they are rotated. */
export class ApiClient {
  readonly #server: () => Promise<ApiServer>;
  readonly #clock: Clock;

  constructor(server: () => Promise<ApiServer>, clock: Clock) {
    this.#server = server;
    this.#clock = clock;
  }

  /**
   * The body of the answer to a GET, in pieces as they arrive.
   *
   * @throws {ApiFailure} for an answer other than 200, and for one that takes too long or breaks off in silence.
   * @throws the reason of the signal when that is aborted, or the error of the connection.
   */
  async *get({ path, idle, longest, signal }: ApiRequest): AsyncGenerator<Buffer, void, undefined> {
    const patience = new AbortController();
    const ended = AbortSignal.any([signal, patience.signal]);
    const hear = (): (() => void) =>
      this.#clock.after(idle, () => patience.abort(overdue('idle', 'the API server fell silent')));
    let cancel = hear();
    const cancelEnd = this.#clock.after(longest, () =>
      patience.abort(overdue('overdue', 'the API server took too long')),
    );
    try {
      const { url, options, headers } = await unlessAborted(this.#server(), ended);
      const response = await open(new URL(url + path), {
        ...options,
        headers: { ...headers, Accept: 'application/json', 'User-Agent': 'pod-exporter' },
        signal: ended,
      });
      for await (const chunk of response) {
        cancel();
        cancel = hear();
        yield chunk as Buffer;
      }
    } catch (error) {
      ended.throwIfAborted();
      throw error;
    } finally {
      cancel();
      cancelEnd();
    }
  }
}

function overdue(reason: string, message: string): ApiFailure {
  return new ApiFailure(reason, message, { next: 'watch' });
}

async function open(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options);
  // Once there is a response, errors are told to its reader too.
  request.on('error', () => {});
  request.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE));
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode === 200) return response;
  response.destroy();
  const seconds = Number(response.headers['retry-after']);
  throw statusFailure(response.statusCode ?? 0, Number.isFinite(seconds) ? seconds : undefined);
}

/** The promise's result, or a rejection as soon as the signal is aborted. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

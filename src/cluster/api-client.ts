import { once } from 'node:events';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { ApiFailure, httpFailure, toApiFailure } from './failure.ts';

/** Authenticates the exporter to a server, and the server to the exporter. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** TLS certificates and the agent. */
  readonly options: RequestOptions;
}

/** URL and credentials of the API server or of a kubelet. */
export interface ServerConfig extends Credentials {
  /** Without a trailing slash. */
  readonly url: string;
}

export interface ApiRequest {
  /** Path and query. */
  readonly path: string;
  /** Time without received data after which the request fails. */
  readonly idleTimeoutMs: number;
  /** Deadline of the complete response. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const TCP_KEEPALIVE_DELAY_MS = 30_000;

/** Bound of the response to a POST. */
const MAX_OBJECT_BYTES = 2 ** 20;

/** Sends requests to the API server or a kubelet. Every request loads the credentials, which are rotated. */
export class ApiClient {
  readonly #loadConfig: () => Promise<ServerConfig>;
  readonly #clock: Clock;
  readonly #log: Pick<Log, 'debug'>;
  #clockOffsetSeconds: number | undefined;

  constructor(loadConfig: () => Promise<ServerConfig>, clock: Clock, log: Pick<Log, 'debug'>) {
    this.#loadConfig = loadConfig;
    this.#clock = clock;
    this.#log = log;
  }

  /** Seconds by which the server's clock was ahead, to a second, by the `Date` of its last response. */
  get clockOffsetSeconds(): number | undefined {
    return this.#clockOffsetSeconds;
  }

  /**
   * Streams the body of the response to a GET.
   *
   * @throws {ApiFailure} for a status other than 200 and when a timeout expires.
   * @throws the reason of the aborted signal, or the error of the connection.
   */
  get(request: ApiRequest): AsyncGenerator<Buffer, void, undefined> {
    return this.#logged('GET', request);
  }

  /**
   * Sends an object and returns the one in the response, neither of which is logged.
   *
   * @throws {ApiFailure} as {@link ApiClient.get}, and for a response that is not JSON or exceeds 1 MiB.
   */
  async post(request: ApiRequest, body: object): Promise<unknown> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of this.#logged('POST', request, JSON.stringify(body))) {
      bytes += chunk.length;
      if (bytes > MAX_OBJECT_BYTES) throw new ApiFailure('too_large', 'response exceeds 1 MiB');
      chunks.push(chunk);
    }
    try {
      return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
    } catch (error) {
      throw new ApiFailure('invalid', 'response is not JSON', { cause: error });
    }
  }

  async *#logged(method: string, request: ApiRequest, body?: string): AsyncGenerator<Buffer, void, undefined> {
    const start = this.#clock.elapsed();
    let bytes = 0;
    let result = 'cancelled';
    try {
      for await (const chunk of this.#stream(request, method, body)) {
        bytes += chunk.length;
        yield chunk;
      }
      result = 'http_200';
    } catch (error) {
      result = toApiFailure(error).reason;
      throw error;
    } finally {
      const duration_ms = Math.round(this.#clock.elapsed() - start);
      this.#log.debug('finished an API request', { method, path: request.path, result, bytes, duration_ms });
    }
  }

  async *#stream(request: ApiRequest, method: string, body?: string): AsyncGenerator<Buffer, void, undefined> {
    const { path, idleTimeoutMs, timeoutMs, signal } = request;
    const timeout = new AbortController();
    const aborted = AbortSignal.any([signal, timeout.signal]);
    const startIdleTimer = (): (() => void) =>
      this.#clock.after(idleTimeoutMs, () =>
        timeout.abort(timeoutFailure('idle', 'API server request timed out: no data received')),
      );
    let cancelIdleTimer = startIdleTimer();
    const cancelDeadline = this.#clock.after(timeoutMs, () =>
      timeout.abort(timeoutFailure('overdue', 'API server request timed out')),
    );
    try {
      const { url, options, headers } = await raceAbort(this.#loadConfig(), aborted);
      const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
      const accept = { Accept: 'application/json', 'User-Agent': 'pod-exporter' };
      const sent = { ...options, method, headers: { ...headers, ...accept, ...type }, signal: aborted };
      const response = await sendRequest(new URL(url + path), sent, body);
      const offset = Date.parse(response.headers.date ?? '') / 1000 - this.#clock.time();
      if (Number.isFinite(offset)) this.#clockOffsetSeconds = offset;
      for await (const chunk of response) {
        cancelIdleTimer();
        cancelIdleTimer = startIdleTimer();
        yield chunk as Buffer;
      }
    } catch (error) {
      aborted.throwIfAborted();
      throw error;
    } finally {
      cancelIdleTimer();
      cancelDeadline();
    }
  }
}

function timeoutFailure(reason: string, message: string): ApiFailure {
  return new ApiFailure(reason, message, { next: 'watch' });
}

async function sendRequest(url: URL, options: RequestOptions, body?: string): Promise<IncomingMessage> {
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options);
  // Errors after the response has started also reach the reader of the response.
  request.on('error', () => {});
  request.on('socket', (socket) => socket.setKeepAlive(true, TCP_KEEPALIVE_DELAY_MS));
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode === 200 || response.statusCode === 201) return response;
  response.destroy();
  const seconds = Number(response.headers['retry-after']);
  throw httpFailure(response.statusCode ?? 0, Number.isFinite(seconds) ? seconds : undefined);
}

/** Resolves with the promise, or rejects as soon as the signal is aborted. */
async function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

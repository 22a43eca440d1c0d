import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { errorReason } from '../base/error-code.ts';
import { eventData } from './event-data.ts';
import { SourceError, type DocumentSource } from './source.ts';

/** A running exporter, and how to authenticate. */
export interface RemoteOptions {
  readonly url: URL;
  /** Path of the document below that of `url`. */
  readonly path: string;
  readonly intervalSeconds: number;
  /** Value of the header `Authorization`. */
  readonly authorization?: string | undefined;
  /** Certificates that the exporter's is verified with, PEM; those of the system without. */
  readonly ca?: Buffer | undefined;
  /** The name that the certificate must have, if it is not that of the URL. */
  readonly serverName?: string | undefined;
}

/** Milliseconds within which the exporter must send something: an event, or a comment every 15 s. */
const TIMEOUT_MS = 40_000;

/** Bytes of an error that are shown. */
const MAX_REASON_LENGTH = 200;

/** Status codes that may change by themselves. */
const TEMPORARY = new Set([429, 502, 503, 504]);

/** Reads the stream of a running exporter. */
export class RemoteSource implements DocumentSource {
  readonly #options: RemoteOptions;

  constructor(options: RemoteOptions) {
    this.#options = options;
  }

  /** The exporter ends each stream after an hour; the next one follows at once. */
  async *documents(signal: AbortSignal): AsyncGenerator<string> {
    let isEmpty = false;
    while (!isEmpty) {
      isEmpty = true;
      for await (const document of this.#stream(signal)) {
        isEmpty = false;
        yield document;
      }
      if (signal.aborted) return;
    }
    throw new SourceError(`${this.#options.url.origin} ended the stream`, true);
  }

  async *#stream(signal: AbortSignal): AsyncGenerator<string> {
    try {
      const response = await this.#open(signal);
      await checkStream(response);
      yield* eventData(response as AsyncIterable<Buffer>);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof SourceError) throw error;
      throw new SourceError(`cannot read ${this.#options.url.origin}: ${errorReason(error)}`, true, error);
    }
  }

  async #open(signal: AbortSignal): Promise<IncomingMessage> {
    const { url, path, intervalSeconds, authorization, ca, serverName } = this.#options;
    const address = new URL(`${url.pathname.replace(/\/$/, '')}${path}?watch=${intervalSeconds}s`, url);
    const options: RequestOptions = {
      signal,
      timeout: TIMEOUT_MS,
      agent: false,
      headers: {
        Accept: 'text/event-stream',
        ...(authorization === undefined ? {} : { Authorization: authorization }),
      },
      ...(ca === undefined ? {} : { ca }),
      ...(serverName === undefined ? {} : { servername: serverName }),
    };
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(address, options);
    request.on('timeout', () => request.destroy(new Error('no data for too long')));
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    // After the head, the stream of the body reports errors.
    request.on('error', () => {});
    return response;
  }
}

/** @throws {SourceError} unless the response is a stream of events. */
async function checkStream(response: IncomingMessage): Promise<void> {
  const { statusCode = 0, headers } = response;
  const type = headers['content-type'] ?? '';
  if (statusCode === 200 && type.startsWith('text/event-stream')) return;
  if (statusCode === 200) {
    response.destroy();
    throw new SourceError('the exporter does not support ?watch: its version is too old', false);
  }
  const [reason = ''] = (await textOf(response)).split('\n', 1);
  throw new SourceError(
    `the exporter answered ${statusCode}: ${reason.slice(0, MAX_REASON_LENGTH)}`,
    TEMPORARY.has(statusCode),
  );
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of response.setEncoding('utf8') as AsyncIterable<string>)
    if (text.length < MAX_REASON_LENGTH) text += part;
  return text;
}

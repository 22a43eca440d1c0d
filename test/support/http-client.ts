import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

import { orGiveUp } from './until.ts';

/** Parts of a request besides its URL. */
export interface RequestOptions {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** A response with its body. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Uncompressed. */
  readonly text: string;
}

/**
 * Sends a request on a connection of its own, with no headers but those given and `Host`.
 * Resolves with the head of the response; its body has not been read.
 */
export async function sendRequest(
  url: string,
  { method = 'GET', headers = {} }: RequestOptions = {},
): Promise<IncomingMessage> {
  const sent = request(url, { method, headers, agent: false });
  // After the head, the stream of the body reports errors.
  sent.on('error', () => {});
  sent.end();
  const [response] = (await orGiveUp(`response to ${method} ${url}`, once(sent, 'response'))) as [IncomingMessage];
  return response;
}

/** Reads the body of a response; throws if the connection is closed before its end. */
export async function readResponse(response: IncomingMessage): Promise<HttpResponse> {
  const body = await orGiveUp('end of the response body', buffer(response));
  const { headers, statusCode = 0 } = response;
  const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
  return { status: statusCode, headers, text };
}

/** Sends a request and reads the whole response. */
export async function httpRequest(url: string, options?: RequestOptions): Promise<HttpResponse> {
  return readResponse(await sendRequest(url, options));
}

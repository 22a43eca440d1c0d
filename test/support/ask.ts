import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

import { orGiveUp } from './until.ts';

/** What is asked besides the address. */
export interface Question {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Uncompressed. */
  readonly text: string;
}

/**
 * Sends a request on a connection of its own, with no headers but those given and `Host`.
 * Resolves with the answer's head; nobody has read its body yet.
 */
export async function ask(url: string, { method = 'GET', headers = {} }: Question = {}): Promise<IncomingMessage> {
  const sent = request(url, { method, headers, agent: false });
  // Once there is an answer, its reader is told of errors.
  sent.on('error', () => {});
  sent.end();
  const [response] = (await orGiveUp(`response to ${method} ${url}`, once(sent, 'response'))) as [IncomingMessage];
  return response;
}

/** Reads the rest of an answer; throws if the connection breaks before its end. */
export async function whole(response: IncomingMessage): Promise<Answer> {
  const body = await orGiveUp('end of the response body', buffer(response));
  const { headers, statusCode = 0 } = response;
  const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
  return { status: statusCode, headers, text };
}

/** Sends a request and reads the whole answer. */
export async function answer(url: string, question?: Question): Promise<Answer> {
  return whole(await ask(url, question));
}

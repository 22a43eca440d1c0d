import { once } from 'node:events';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';

import { orGiveUp } from './until.ts';

/** A response over TLS. */
export interface HttpsResponse {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
  /** The server's certificate. */
  readonly certificate: string;
  readonly protocol: string | null;
}

/** Sends a request on a connection of its own. Rejects if it fails. */
export async function httpsRequest(url: string, options: RequestOptions): Promise<HttpsResponse> {
  const sent = request(url, { agent: false, ...options });
  sent.end();
  const [response] = (await orGiveUp(`response to ${url}`, once(sent, 'response'))) as [IncomingMessage];
  const socket = response.socket as TLSSocket;
  const certificate = String(socket.getPeerX509Certificate());
  const protocol = socket.getProtocol();
  return {
    status: response.statusCode ?? 0,
    text: await orGiveUp('end of the response body', text(response)),
    headers: response.headers,
    certificate,
    protocol,
  };
}

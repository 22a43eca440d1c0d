import { once } from 'node:events';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';

import { orGiveUp } from './until.ts';

/** An answer over TLS. */
export interface SecureAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
  /** The certificate that the server showed. */
  readonly certificate: string;
  readonly protocol: string | null;
}

/** Sends a request on a connection of its own. Rejects if there is none. */
export async function secureAsk(url: string, options: RequestOptions): Promise<SecureAnswer> {
  const sent = request(url, { agent: false, ...options });
  sent.end();
  const [response] = (await orGiveUp(`response of ${url}`, once(sent, 'response'))) as [IncomingMessage];
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

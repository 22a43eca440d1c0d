import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { errorReason } from '../base/error-code.ts';
import { isAuthorized } from './client-certificate.ts';
import { Connections } from './connections.ts';
import { Handshakes } from './handshakes.ts';
import { pathAndQuery } from './request-target.ts';
import type { WebSecurity } from './web-security.ts';

/** Where to listen; without a host on every address of the node. */
export interface ListenAddress {
  readonly host: string | undefined;
  /** 0 lets the system choose a free one. */
  readonly port: number;
}

export interface ListenerParts {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Absent for plain HTTP without authentication. */
  readonly security?: WebSecurity;
  /** Called with an error that no request caused. */
  readonly failed: (error: unknown) => void;
}

/** A server that listens on one address. */
export interface Listener {
  /** Such as `127.0.0.1:9771` or `[::]:9771`, with the port that is in use. */
  readonly address: string;
  /** Refuses new connections and resolves when the in-flight requests have been answered. */
  close(): Promise<void>;
}

/**
 * Listens on an address.
 *
 * @throws {Error} one line that names the address, if it cannot be used.
 */
export async function openListener(listen: ListenAddress, parts: ListenerParts): Promise<Listener> {
  const connections = new Connections(parts.failed);
  const handshakes = new Handshakes();
  const { server, opened } = openServer(parts.security, handshakes, (request, response) => {
    void inTurn(request, response);
  });
  async function inTurn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await connections.answering(request.socket, response)) answer(request, response, parts.handle);
  }
  server.on(opened, (socket: Socket) => connections.opened(socket));
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(listen.port, listen.host, resolve);
    });
  } catch (error) {
    throw new Error(`cannot listen on ${textOf(listen.host ?? '', listen.port)}: ${errorReason(error)}`, {
      cause: error,
    });
  }
  server.on('error', parts.failed);
  const close = (): Promise<void> => {
    handshakes.close();
    return connections.close(server);
  };
  return { address: addressOf(server), close };
}

/** Answers 400 if the target cannot be read: the framework would fail. */
function answer(request: IncomingMessage, response: ServerResponse, handle: ListenerParts['handle']): void {
  const url = pathAndQuery(request.url ?? '');
  if (url === undefined) {
    response.writeHead(400, { 'Content-Type': 'text/plain; charset=utf-8' }).end('invalid request target\n');
    return;
  }
  request.url = url;
  void handle(request, response);
}

function addressOf(server: Server): string {
  const address = server.address();
  return address === null || typeof address === 'string' ? '' : textOf(address.address, address.port);
}

function textOf(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Milliseconds within which a client must complete the TLS handshake. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Milliseconds within which a client must send the head of a request, and all of it, and how often that is checked. */
const REQUEST_LIMITS = { headersTimeout: 10_000, requestTimeout: 20_000, connectionsCheckingInterval: 2000 };

/** A server, and its event for a socket that is ready for requests. */
function openServer(
  security: WebSecurity | undefined,
  handshakes: Handshakes,
  listener: RequestListener,
): { readonly server: Server; readonly opened: string } {
  const { context, tls } = security ?? {};
  if (security === undefined || context === undefined) {
    return { server: createServer(REQUEST_LIMITS, listener), opened: 'connection' };
  }
  const requestCert = tls?.clientAuth !== 'NoClientCert';
  const options = {
    ...context,
    ...REQUEST_LIMITS,
    requestCert,
    rejectUnauthorized: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  };
  const server = createSecureServer(options, listener);
  security.onContext((next) => server.setSecureContext(next));
  // Before the library handles the connection, so that it uses the current certificate.
  server.prependListener('connection', (socket: Socket) => {
    security.refresh();
    handshakes.began(socket);
  });
  server.prependListener('secureConnection', (socket) => {
    handshakes.ended(socket);
    if (security.tls !== undefined && !isAuthorized(socket, security.tls)) socket.destroy();
  });
  return { server, opened: 'secureConnection' };
}

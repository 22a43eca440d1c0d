import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import Koa from 'koa';
import { errorCode } from '../base/error-code.ts';
import { authentication } from './authentication.ts';
import { mayStay } from './client-certificate.ts';
import { Connections } from './connections.ts';
import { ClientDisconnected } from './response-output.ts';
import { publicPaths, routes, type RoutesParts } from './routes.ts';
import type { WebSecurity } from './web-security.ts';

/** What the server is made with. */
export interface ServerParts extends RoutesParts {
  /** Absent for plain HTTP without authentication. */
  readonly security?: WebSecurity;
  /** Called with every error that no other part handles. */
  readonly failed: (error: unknown) => void;
}

/** A server that listens. */
export interface RunningServer {
  /** The port in use, also if `0` was configured. */
  readonly port: number;
  /** Refuses new connections and resolves when the in-flight requests are answered. */
  close(): Promise<void>;
}

/**
 * Starts to listen.
 *
 * @throws the system's error (with `code`) if the address is not available.
 */
export async function startServer(
  parts: ServerParts,
  listen: { readonly host: string | undefined; readonly port: number },
): Promise<RunningServer> {
  const app = new Koa();
  const router = routes(parts);
  app.on('error', (error: unknown) => {
    if (!isDisconnect(error)) parts.failed(error);
  });
  if (parts.security !== undefined) app.use(authentication(parts.security, publicPaths(parts.endpoints)));
  app.use(router.routes());
  app.use(router.allowedMethods());
  const handle = app.callback();
  const connections = new Connections(parts.failed);
  const { server, opened } = openServer(parts.security, (request, response) => {
    connections.answering(request.socket, response);
    void handle(request, response);
  });
  server.on(opened, (socket: Socket) => connections.opened(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  server.on('error', parts.failed);
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    close: () => connections.close(server),
  };
}

/** Milliseconds within which a client must complete the TLS handshake. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** A server, and its event for a socket that is ready for requests. */
function openServer(
  security: WebSecurity | undefined,
  listener: RequestListener,
): { readonly server: Server; readonly opened: string } {
  const { context, tls } = security ?? {};
  if (security === undefined || context === undefined) return { server: createServer(listener), opened: 'connection' };
  const requestCert = tls?.clientAuth !== 'NoClientCert';
  const options = { ...context, requestCert, rejectUnauthorized: false, handshakeTimeout: HANDSHAKE_TIMEOUT_MS };
  const server = createSecureServer(options, listener);
  security.onContext((next) => server.setSecureContext(next));
  // Before the library handles the connection, so that it uses the current certificate.
  server.prependListener('connection', () => security.refresh());
  server.prependListener('secureConnection', (socket) => {
    if (security.tls !== undefined && !mayStay(socket, security.tls)) socket.destroy();
  });
  return { server, opened: 'secureConnection' };
}

/** Codes of the system and of streams for a connection that the client closed. */
const DISCONNECTS = new Set(['ECONNRESET', 'EPIPE', 'ECANCELED', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE']);

/** A client that disconnects while a response is sent is not a failure of the exporter. */
function isDisconnect(error: unknown): boolean {
  return error instanceof ClientDisconnected || DISCONNECTS.has(errorCode(error));
}

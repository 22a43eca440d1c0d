import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { Router } from '@koa/router';
import Koa from 'koa';
import { errorCode } from '../base/error-code.ts';
import { authentication } from './authentication.ts';
import { mayStay } from './client-certificate.ts';
import { Connections } from './connections.ts';
import {
  cadvisorAnswer,
  resourceAnswer,
  summaryAnswer,
  volumeStatsAnswer,
  type KubeletParts,
} from './kubelet-endpoints.ts';
import { metricsAnswer, type MetricsEndpointParts } from './metrics-endpoint.ts';
import { ClientDisconnected } from './response-output.ts';
import { ScrapeHandler, type ScrapeHandlerParts } from './scrape-handler.ts';
import type { WebSecurity } from './web-security.ts';

/** What the server shows and asks. */
export interface ServerParts extends ScrapeHandlerParts, MetricsEndpointParts {
  readonly telemetryPath: string;
  /** What stands in for the kubelet, if anything does. */
  readonly kubelet?: KubeletParts;
  /** Absent for plain HTTP that anybody may use. */
  readonly security?: WebSecurity;
  readonly ready: () => boolean;
  /** HTML of the start page. */
  readonly page: () => string;
  /** Hears of an error that no part foresaw. */
  readonly failed: (error: unknown) => void;
}

/** A server that listens. */
export interface RunningServer {
  /** With the port that was really taken. */
  readonly port: number;
  /** Refuses new connections and resolves when the answers under way are out. */
  close(): Promise<void>;
}

/**
 * Starts to listen.
 *
 * @throws the system's error (with `code`) if the address cannot be had.
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
  if (parts.security !== undefined) app.use(authentication(parts.security, PUBLIC_PATHS));
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

/** Milliseconds in which a client has to get through the handshake. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** A server, and the event by which it tells of sockets on which requests come. */
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
  // Before the library looks at the connection, which then has the certificate of this moment.
  server.prependListener('connection', () => security.refresh());
  server.prependListener('secureConnection', (socket) => {
    if (security.tls !== undefined && !mayStay(socket, security.tls)) socket.destroy();
  });
  return { server, opened: 'secureConnection' };
}

/** Probes reveal nothing, and the kubelet sends no credentials. */
const PUBLIC_PATHS = new Set(['/healthz', '/readyz']);

/** The kubelet's endpoints, by its paths. */
function standIn(kubelet: KubeletParts, router: Router, answers: ScrapeHandler): void {
  router.get('/metrics/cadvisor', (context) =>
    answers.handle(context, () => cadvisorAnswer(kubelet, new URLSearchParams(context.querystring))),
  );
  router.get('/metrics/kubelet', (context) => answers.handle(context, () => volumeStatsAnswer(kubelet)));
  router.get('/metrics/resource', (context) => answers.handle(context, () => resourceAnswer(kubelet)));
  router.register('/stats/summary', ['GET', 'POST'], (context) =>
    answers.handle(context, () => summaryAnswer(kubelet, new URLSearchParams(context.querystring))),
  );
}

function routes(parts: ServerParts): Router {
  const router = new Router();
  const answers = new ScrapeHandler(parts);
  router.get(parts.telemetryPath, (context) => answers.handle(context, () => metricsAnswer(context, parts)));
  if (parts.kubelet !== undefined) standIn(parts.kubelet, router, answers);
  router.get('/healthz', (context) => {
    context.body = 'ok\n';
  });
  router.get('/readyz', (context) => {
    const ready = parts.ready();
    context.status = ready ? 200 : 503;
    context.body = ready ? 'ok\n' : 'the first list of pods is not in yet\n';
  });
  router.get('/', (context) => {
    context.type = 'html';
    context.body = parts.page();
  });
  return router;
}

/** Codes of the system and of streams for a connection that the client closed. */
const DISCONNECTS = new Set(['ECONNRESET', 'EPIPE', 'ECANCELED', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE']);

/** A client that disconnects while a response is sent is not a failure of the exporter. */
function isDisconnect(error: unknown): boolean {
  return error instanceof ClientDisconnected || DISCONNECTS.has(errorCode(error));
}

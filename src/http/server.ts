import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { Router } from '@koa/router';
import Koa, { type Context, type Next } from 'koa';
import { ScrapeHandler, type AnswersParts } from './answers.ts';
import { mayStay } from './client-certificate.ts';
import {
  cadvisorAnswer,
  resourceAnswer,
  summaryAnswer,
  volumeStatsAnswer,
  type KubeletParts,
} from './kubelet-endpoints.ts';
import { metricsAnswer, type MetricsEndpointParts } from './metrics-endpoint.ts';
import { ClientDisconnected } from './response-output.ts';
import type { WebSecurity } from './web-security.ts';

/** What the server shows and asks. */
export interface ServerParts extends AnswersParts, MetricsEndpointParts {
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

/** Whoever has not been answered this many milliseconds after {@link RunningServer.close} is cut off. */
const SHUTDOWN_GRACE_MS = 30_000;

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
  if (parts.security !== undefined) app.use(guard(parts.security));
  app.use(router.routes());
  app.use(router.allowedMethods());
  const handle = app.callback();
  const connections = new Connections();
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
    close() {
      connections.close();
      return close(server);
    },
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

/** Probes reveal nothing, and the kubelet has no password. */
const OPEN = new Set(['/healthz', '/readyz']);

/** Answers 401 to whoever has no right, and sets the headers of the configuration. */
function guard(security: WebSecurity) {
  return async (context: Context, next: Next): Promise<void> => {
    security.refresh();
    context.set({ ...security.headers });
    const { auth } = security;
    const isAllowed = auth === undefined || OPEN.has(context.path) || (await auth.check(context.get('Authorization')));
    if (isAllowed === true) {
      await next();
    } else if (isAllowed === 'busy') {
      context.status = 503;
      context.body = 'too many passwords are being checked, try again later\n';
    } else {
      context.status = 401;
      context.set('WWW-Authenticate', 'Basic realm="pod-exporter", charset="UTF-8"');
      context.body = 'name and password are needed\n';
    }
  };
}

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

/** What the system and the streams call it when the other side is gone. */
const DISCONNECTS = new Set(['ECONNRESET', 'EPIPE', 'ECANCELED', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Whoever hangs up in the middle of an answer is no failure of ours. */
function isDisconnect(error: unknown): boolean {
  if (error instanceof ClientDisconnected) return true;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && DISCONNECTS.has(error.code);
}

/** Open connections. Only those on which something is being answered are waited for at the end. */
class Connections {
  readonly #open = new Set<Socket>();
  /** How many requests of a connection are being answered: one that is pipelined comes before the last answer is out. */
  readonly #busy = new Map<Socket, number>();
  #closing = false;

  opened(socket: Socket): void {
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
  }

  answering(socket: Socket, response: ServerResponse): void {
    this.#busy.set(socket, (this.#busy.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (this.#busy.get(socket) ?? 1) - 1;
      if (left > 0) {
        this.#busy.set(socket, left);
        return;
      }
      this.#busy.delete(socket);
      if (this.#closing) socket.destroySoon();
    });
  }

  /** Ends the connections on which nothing is being answered now, and the others after their answer. */
  close(): void {
    this.#closing = true;
    for (const socket of this.#open) if (!this.#busy.has(socket)) socket.destroy();
  }
}

async function close(server: Server): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), SHUTDOWN_GRACE_MS);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(timer);
}

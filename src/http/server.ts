import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Router } from '@koa/router';
import Koa from 'koa';
import { HungUp } from './response-output.ts';
import { MetricsEndpoint, type MetricsEndpointParts } from './metrics-endpoint.ts';

/** What the server shows and asks. */
export interface ServerParts extends MetricsEndpointParts {
  readonly telemetryPath: string;
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
const LONGEST_GOODBYE = 30_000;

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
  app.use(router.routes());
  app.use(router.allowedMethods());
  const handle = app.callback();
  const connections = new Connections();
  const server = createServer((request, response) => {
    connections.answering(request.socket, response);
    void handle(request, response);
  });
  server.on('connection', (socket) => connections.opened(socket));
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

function routes(parts: ServerParts): Router {
  const router = new Router();
  const metrics = new MetricsEndpoint(parts);
  router.get(parts.telemetryPath, (context) => metrics.answer(context));
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
  if (error instanceof HungUp) return true;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && DISCONNECTS.has(error.code);
}

/** Open connections. Only those on which something is being answered are waited for at the end. */
class Connections {
  readonly #open = new Set<Socket>();
  readonly #busy = new Set<Socket>();
  #closing = false;

  opened(socket: Socket): void {
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
  }

  answering(socket: Socket, response: ServerResponse): void {
    this.#busy.add(socket);
    response.once('close', () => {
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
  const timer = setTimeout(() => server.closeAllConnections(), LONGEST_GOODBYE);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(timer);
}

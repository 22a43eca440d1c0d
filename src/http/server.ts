import { createServer, type Server } from 'node:http';
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
  let closing = false;
  const server = createServer((request, response) => {
    // A connection that is kept alive would hold up the end until it is idle for long enough.
    response.once('finish', () => {
      if (closing) request.socket.end();
    });
    void handle(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  server.on('error', parts.failed);
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    close() {
      closing = true;
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

/** Whoever hangs up in the middle of an answer is no failure of ours. */
function isDisconnect(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return error instanceof HungUp || code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';
}

async function close(server: Server): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), LONGEST_GOODBYE);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(timer);
}

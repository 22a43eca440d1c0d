import Koa from 'koa';
import { errorCode } from '../base/error-code.ts';
import { authentication, type Authenticators } from './authentication.ts';
import { openListener, type ListenAddress, type Listener } from './listener.ts';
import { ClientDisconnected } from './deliveries.ts';
import { publicPaths, routes, type RoutesParts } from './routes.ts';

/** What the server is made with. */
export interface ServerParts extends Omit<RoutesParts, 'stopping'>, Authenticators {
  /** Called with every error that no other part handles. */
  readonly failed: (error: unknown) => void;
}

/** A server that listens. */
export interface RunningServer {
  /** The addresses on which it listens, such as `127.0.0.1:9771`, with the port in use if `0` was configured. */
  readonly addresses: readonly string[];
  /** Ends streams, refuses new connections and resolves when the in-flight requests are answered. */
  close(): Promise<void>;
}

/**
 * Starts to listen on all addresses.
 *
 * @throws {Error} one line that names the address, if one of them is not available; then it listens on none.
 */
export async function startServer(parts: ServerParts, listen: readonly ListenAddress[]): Promise<RunningServer> {
  const app = new Koa();
  const stopping = new AbortController();
  const router = routes({ ...parts, stopping: stopping.signal });
  app.on('error', (error: unknown) => {
    if (!isDisconnect(error)) parts.failed(error);
  });
  if (parts.security !== undefined || parts.delegated !== undefined) {
    app.use(authentication(parts, publicPaths(parts.endpoints)));
  }
  app.use(router.routes());
  app.use(router.allowedMethods());
  const handle = app.callback();
  const listeners: Listener[] = [];
  const close = async (): Promise<void> => {
    stopping.abort();
    await Promise.all(listeners.map((listener) => listener.close()));
  };
  try {
    for (const address of listen) listeners.push(await openListener(address, { ...parts, handle }));
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses: listeners.map(({ address }) => address), close };
}

/** Codes of the system and of streams for a connection that the client closed. */
const DISCONNECTS = new Set(['ECONNRESET', 'EPIPE', 'ECANCELED', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Prefix of the codes of the HTTP parser. */
const INVALID_REQUEST = 'HPE_';

/**
 * A client that disconnects while a response is sent, or that sends an invalid request behind the one that is answered, is
 * not a failure of the exporter.
 */
function isDisconnect(error: unknown): boolean {
  const code = errorCode(error);
  return error instanceof ClientDisconnected || DISCONNECTS.has(code) || code.startsWith(INVALID_REQUEST);
}

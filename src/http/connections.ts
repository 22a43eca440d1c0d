import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Connections that are still open this many milliseconds after {@link Connections.close} are destroyed. */
export const SHUTDOWN_GRACE_MS = 20_000;

/** Open connections; one more closes the one that has been idle for the longest time. */
export const MAX_CONNECTIONS = 200;

/** Requests of a connection that wait or are answered; a client that pipelines more is disconnected. */
export const MAX_PIPELINED = 16;

/** An open connection. */
interface Connection {
  /** Requests without a complete response: a pipelined one arrives before the response to the one in front is sent. */
  requests: number;
  /** Resolves when the last of them is answered. */
  last: Promise<unknown>;
  readonly closed: Promise<unknown>;
}

/**
 * Open connections of a server. Requests of one are answered one after the other. Shutdown waits only for connections
 * with an in-flight request.
 */
export class Connections {
  /** The one that was used last comes last. */
  readonly #open = new Map<Socket, Connection>();
  readonly #failed: (error: unknown) => void;
  #closing = false;

  /** `failed` is called when requests are still in flight at the end of the shutdown grace period. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  opened(socket: Socket): void {
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => {
        this.#open.delete(socket);
        resolve();
      });
    });
    this.#open.set(socket, { requests: 0, last: Promise.resolve(), closed });
    if (this.#open.size > MAX_CONNECTIONS) this.#closeIdle();
  }

  /** Resolves when it is the turn of a request of this connection; false if it must not be answered. */
  async answering(socket: Socket, response: ServerResponse): Promise<boolean> {
    const connection = this.#open.get(socket);
    if (connection === undefined || socket.destroyed) return false;
    if (connection.requests >= MAX_PIPELINED) {
      socket.destroy();
      return false;
    }
    this.#open.delete(socket);
    this.#open.set(socket, connection);
    connection.requests++;
    const before = connection.last;
    const answered = new Promise((resolve) => response.once('close', resolve));
    // The library reports no end of a response that was waiting when its connection was closed.
    connection.last = Promise.race([answered, connection.closed]).then(() => this.#answered(socket, connection));
    await before;
    return !socket.destroyed;
  }

  /** Closes `server`: idle connections at once, the others after their response. Resolves when all are closed. */
  async close(server: Server): Promise<void> {
    this.#closing = true;
    for (const [socket, { requests }] of this.#open) if (requests === 0) socket.destroy();
    const timer = setTimeout(() => {
      this.#failed(new Error(`aborted ${SHUTDOWN_GRACE_MS / 1000} s after the shutdown began`));
      server.closeAllConnections();
    }, SHUTDOWN_GRACE_MS);
    await new Promise<void>((resolve) => server.close(() => resolve()));
    clearTimeout(timer);
  }

  #answered(socket: Socket, connection: Connection): void {
    connection.requests--;
    if (this.#closing && connection.requests === 0) socket.destroySoon();
  }

  /** Closes the newest if all others are in use. */
  #closeIdle(): void {
    let chosen: Socket | undefined;
    for (const [socket, { requests }] of this.#open) {
      chosen = socket;
      if (requests === 0) break;
    }
    chosen?.destroy();
  }
}

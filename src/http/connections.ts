import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Connections that are still open this many milliseconds after {@link Connections.close} are destroyed. */
const SHUTDOWN_GRACE_MS = 30_000;

/** Open connections of a server. Shutdown waits only for those with an in-flight request. */
export class Connections {
  readonly #open = new Set<Socket>();
  /** In-flight requests per connection: a pipelined request arrives before the previous response is sent. */
  readonly #busy = new Map<Socket, number>();
  readonly #failed: (error: unknown) => void;
  #closing = false;

  /** `failed` is called when requests are still in flight at the end of the shutdown grace period. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

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

  /** Closes `server`: idle connections at once, the others after their response. Resolves when all are closed. */
  async close(server: Server): Promise<void> {
    this.#closing = true;
    for (const socket of this.#open) if (!this.#busy.has(socket)) socket.destroy();
    const timer = setTimeout(() => {
      this.#failed(new Error(`aborted ${SHUTDOWN_GRACE_MS / 1000} s after the shutdown began`));
      server.closeAllConnections();
    }, SHUTDOWN_GRACE_MS);
    await new Promise<void>((resolve) => server.close(() => resolve()));
    clearTimeout(timer);
  }
}

import type { Socket } from 'node:net';

/** TLS handshakes in progress, about 20 kB each; one more closes the oldest. */
export const MAX_HANDSHAKES = 500;

/** Connections that are not yet ready for requests, and are therefore not among {@link Connections}. */
export class Handshakes {
  /** By the address of the client, oldest first. */
  readonly #open = new Map<string, Socket>();

  /** Called with a TCP connection. */
  began(socket: Socket): void {
    const key = addressOf(socket);
    this.#open.set(key, socket);
    socket.once('close', () => {
      if (this.#open.get(key) === socket) this.#open.delete(key);
    });
    const [oldest] = this.#open.values();
    if (this.#open.size > MAX_HANDSHAKES) oldest?.destroy();
  }

  /** Called with the TLS connection, which is another object. */
  ended(socket: Socket): void {
    this.#open.delete(addressOf(socket));
  }

  /** Closes all connections; for shutdown. */
  close(): void {
    for (const socket of this.#open.values()) socket.destroy();
  }
}

function addressOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

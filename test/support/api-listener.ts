import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createSecureServer, Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

import type { Certificate } from './certificates.ts';
import { MemorySocket } from './memory-socket.ts';

/** How clients reach an HTTP server. */
export interface Reach {
  /** With one it serves TLS. */
  readonly certificate?: Certificate;
  /** Accepts connections of {@link ApiListener.connect} only. */
  readonly inMemory?: boolean;
}

/** Accepts requests on a port of the loopback interface, or in memory. */
export class ApiListener {
  readonly #server: Server | SecureServer;
  readonly #inMemory: boolean;
  #port = 0;
  #isOpen = false;

  constructor(answer: RequestListener, { certificate, inMemory = false }: Reach) {
    this.#server = certificate === undefined ? createServer(answer) : createSecureServer(certificate, answer);
    this.#inMemory = inMemory;
  }

  get url(): string {
    return `${this.#server instanceof SecureServer ? 'https' : 'http'}://127.0.0.1:${this.#port}`;
  }

  /** Listens on a free port, or on the port from before. */
  async open(): Promise<void> {
    if (this.#isOpen) return;
    this.#isOpen = true;
    if (this.#inMemory) return;
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Ends all connections and refuses new ones. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const closed = this.#inMemory ? undefined : once(this.#server, 'close');
    if (!this.#inMemory) this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Uses another certificate from the next connection on. */
  certify(certificate: Certificate): void {
    if (this.#server instanceof SecureServer) this.#server.setSecureContext(certificate);
  }

  /** The client's end of a new connection in memory. */
  connect(): Duplex {
    if (!this.#isOpen) return MemorySocket.refused();
    const [client, server] = MemorySocket.pair();
    this.#server.emit('connection', server);
    return client;
  }
}

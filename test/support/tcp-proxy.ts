import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

import type { Certificate } from './certificates.ts';

/**
 * A TCP proxy in front of a server on the loopback interface. It forwards, holds or refuses connections, always on the
 * same port. With a certificate it terminates TLS.
 */
export class TcpProxy {
  readonly #target: number;
  readonly #certificate: Certificate | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #waiting: Socket[] = [];
  #server: Server | undefined;
  #port = 0;
  #holds = false;

  private constructor(target: string, certificate: Certificate | undefined) {
    this.#target = Number(new URL(target).port);
    this.#certificate = certificate;
  }

  /** Starts a proxy of the server at the URL `target`. */
  static async to(target: string, certificate?: Certificate): Promise<TcpProxy> {
    const proxy = new TcpProxy(target, certificate);
    await proxy.open();
    return proxy;
  }

  get url(): string {
    return `${this.#certificate === undefined ? 'http' : 'https'}://127.0.0.1:${this.#port}`;
  }

  /** Accepts connections from now on, and forwards nothing. */
  hold(): void {
    this.#holds = true;
  }

  /** Forwards held and new connections. Listens again after {@link refuse}. */
  async open(): Promise<void> {
    this.#holds = false;
    for (const socket of this.#waiting.splice(0)) this.#connect(socket);
    if (this.#server === undefined) await this.#listen();
  }

  /** Closes all connections and refuses new ones. */
  async refuse(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #listen(): Promise<void> {
    const enter = this.#enter.bind(this);
    const server = this.#certificate === undefined ? createServer(enter) : createTlsServer(this.#certificate, enter);
    this.#server = server;
    server.on('tlsClientError', () => {});
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.#port = address.port;
  }

  #enter(socket: Socket): void {
    this.#keep(socket);
    if (this.#holds) this.#waiting.push(socket);
    else this.#connect(socket);
  }

  #connect(socket: Socket): void {
    const onward = connect(this.#target, '127.0.0.1');
    this.#keep(onward);
    socket.pipe(onward).pipe(socket);
    socket.once('close', () => onward.destroy());
    onward.once('close', () => socket.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

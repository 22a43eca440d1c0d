import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A proxy on the loopback interface that opens tunnels (CONNECT) and does nothing else. */
export class HttpProxy {
  readonly url: string;
  /** Targets of the requested tunnels, `host:port`, in order. */
  readonly tunnels: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connect', ({ url = '' }, client) => {
      this.tunnels.push(url);
      const [host = '', port] = url.split(':');
      const target = connect(Number(port), host, () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'));
      client.pipe(target).pipe(client);
      client.on('error', () => target.destroy());
      target.on('error', () => client.destroy());
    });
  }

  /** Listens on a free port. */
  static async start(): Promise<HttpProxy> {
    const server = createServer((_request, response) => response.writeHead(405).end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new HttpProxy(server);
  }

  /** Accepts no more connections; open tunnels continue. */
  close(): void {
    this.#server.close();
  }
}

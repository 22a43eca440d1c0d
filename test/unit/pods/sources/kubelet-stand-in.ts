import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Fault } from '../../../support/api-faults.ts';
import type { Certificate } from '../../../support/certificates.ts';

/** A request that was received. */
export interface KubeletRequest {
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  /** The client's certificate in PEM, if it showed one. */
  readonly client: string | undefined;
}

/** A kubelet on the loopback interface that has pods, and misbehaves when told to. */
export class KubeletStandIn {
  /** The answer in JSON. */
  list = '';
  /** The answer to who asks for statistics, in JSON. */
  summary = '';
  /** What the next requests get instead of the pods, one each. */
  readonly faults: Fault[] = [];
  /** All requests, in order. */
  readonly asked: KubeletRequest[] = [];
  readonly #server: Server;
  readonly #port: number;

  private constructor(server: Server) {
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    server.on('request', (request, response) => this.#answer(request, response));
  }

  /** Listens on a free port. */
  static async start(certificate: Certificate): Promise<KubeletStandIn> {
    const server = createServer({ ...certificate, requestCert: true, rejectUnauthorized: false });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new KubeletStandIn(server);
  }

  /** The pods that it has. As a kubelet's, the list has no version. */
  set pods(items: readonly object[]) {
    this.list = JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items });
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** Shows another certificate from the next connection on. */
  certify(certificate: Certificate): void {
    this.#server.setSecureContext(certificate);
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer({ url, headers, socket }: IncomingMessage, response: ServerResponse): void {
    const fault = this.faults.shift();
    if (fault !== undefined) fault(response, this.list);
    else if (url === '/stats/summary') response.end(this.summary);
    else if (url !== '/pods') response.writeHead(404).end();
    else response.end(this.list);
    const client = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.toString() : undefined;
    this.asked.push({ url, authorization: headers.authorization, client });
  }
}

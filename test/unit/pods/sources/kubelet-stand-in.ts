import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Fault } from '../../../support/api-faults.ts';
import type { Certificate } from '../../../support/certificates.ts';

/** A received request. */
export interface KubeletRequest {
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  /** The client certificate in PEM, if present. */
  readonly client: string | undefined;
}

/** A stand-in kubelet on the loopback interface, with injectable faults. */
export class KubeletStandIn {
  /** JSON response of `/pods`. */
  list = '';
  /** JSON response of `/stats/summary`. */
  summary = '';
  /** Faults for the next requests, one each. */
  readonly faults: Fault[] = [];
  /** All requests, in order. */
  readonly requests: KubeletRequest[] = [];
  readonly #server: Server;
  readonly #port: number;

  private constructor(server: Server) {
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    server.on('request', (request, response) => this.#respond(request, response));
  }

  /** Listens on a free port. */
  static async start(certificate: Certificate): Promise<KubeletStandIn> {
    const server = createServer({ ...certificate, requestCert: true, rejectUnauthorized: false });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new KubeletStandIn(server);
  }

  /** Sets the pods of the list, which has no resource version, as that of a real kubelet. */
  set pods(items: readonly object[]) {
    this.list = JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items });
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** Uses another certificate from the next connection on. */
  certify(certificate: Certificate): void {
    this.#server.setSecureContext(certificate);
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #respond({ url, headers, socket }: IncomingMessage, response: ServerResponse): void {
    const fault = this.faults.shift();
    if (fault !== undefined) fault(response, this.list);
    else if (url === '/stats/summary') response.end(this.summary);
    else if (url !== '/pods') response.writeHead(404).end();
    else response.end(this.list);
    const client = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.toString() : undefined;
    this.requests.push({ url, authorization: headers.authorization, client });
  }
}

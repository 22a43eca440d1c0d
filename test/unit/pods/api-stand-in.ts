import { EventEmitter, on } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** In PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A request that was received. Lists are answered already; a watch is open. */
export interface Asked {
  readonly query: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
  readonly response: ServerResponse;
}

/** Gives another answer than the right one. */
export type Fault = (response: ServerResponse) => void;

/** Content of a kubeconfig file for a cluster whose user has this token. */
export function kubeconfig(server: string, token: string): string {
  return `clusters: [{name: c, cluster: {server: "${server}"}}]
users: [{name: u, user: {token: "${token}"}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`;
}

/** Answers with an HTTP status. */
export function status(code: number, headers: Readonly<Record<string, string>> = {}): Fault {
  return (response) =>
    response.writeHead(code, headers).end(JSON.stringify({ kind: 'Status', code, message: 'secret' }));
}

/** Lists the pods it was given and leaves watches open for the test to write to. */
export class ApiStandIn {
  /** Where there are pods. */
  path = '/api/v1/pods';
  /** What a list answers. */
  pods: readonly object[] = [];
  version = '100';
  /** What the next lists and watches get instead, one each. */
  readonly listFaults: Fault[] = [];
  readonly watchFaults: Fault[] = [];
  listed = 0;
  watched = 0;
  readonly #events = new EventEmitter();
  readonly #lists = on(this.#events, 'list') as AsyncIterator<readonly Asked[]>;
  readonly #watches = on(this.#events, 'watch') as AsyncIterator<readonly Asked[]>;
  readonly #server: Server | SecureServer;

  /** Speaks TLS if it has a certificate. */
  constructor(certificate?: Certificate) {
    const answer = (request: IncomingMessage, response: ServerResponse): void => this.#answer(request, response);
    this.#server = certificate === undefined ? createServer(answer) : createSecureServer(certificate, answer);
  }

  /** Shows another certificate from the next connection on. */
  certify(certificate: Certificate): void {
    if (this.#server instanceof SecureServer) this.#server.setSecureContext(certificate);
  }

  /** Listens on a free port of the loopback interface. */
  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await new Promise((resolve) => {
      this.#server.once('listening', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => {
      this.#server.close(resolve);
    });
    this.#server.closeAllConnections();
    await closed;
  }

  /** The next list that no test has waited for yet. */
  nextList(): Promise<Asked> {
    return first(this.#lists);
  }

  /** The next watch that no test has waited for yet. */
  nextWatch(): Promise<Asked> {
    return first(this.#watches);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const query = Object.fromEntries(url.searchParams);
    const isWatch = query['watch'] === 'true';
    const fault = (isWatch ? this.watchFaults : this.listFaults).shift();
    if (isWatch) this.watched++;
    else this.listed++;
    if (url.pathname !== this.path) status(404)(response);
    else if (fault !== undefined) fault(response);
    else if (isWatch) response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders();
    else
      response.end(JSON.stringify({ kind: 'PodList', metadata: { resourceVersion: this.version }, items: this.pods }));
    this.#events.emit(isWatch ? 'watch' : 'list', { query, response, authorization: request.headers.authorization });
  }
}

/** Sends an event on an open watch. */
export function send({ response }: Asked, type: string, object: object): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}

async function first(events: AsyncIterator<readonly Asked[]>): Promise<Asked> {
  const { value } = (await events.next()) as IteratorYieldResult<readonly Asked[]>;
  const [asked] = value;
  if (asked === undefined) throw new Error('an event without a request');
  return asked;
}

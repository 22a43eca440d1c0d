import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { field } from '../../src/base/untrusted-json.ts';

/** A request for a review, as the server received it. */
export interface ReceivedReview {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** Answers a request in place of the server. */
export type ReviewFault = (response: ServerResponse) => void;

/**
 * The part of a Kubernetes API server that reviews tokens and access. It returns what a real one returns for the users
 * that are added to it.
 */
export class ReviewServer {
  readonly requests: ReceivedReview[] = [];
  /** Answers every request while it is set. */
  fault: ReviewFault | undefined;
  readonly #users = new Map<string, string>();
  readonly #rights = new Set<string>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<ReviewServer> {
    const server = new ReviewServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Number of requests of a kind. */
  count(kind: 'tokenreviews' | 'subjectaccessreviews'): number {
    return this.requests.filter(({ path }) => path.endsWith(kind)).length;
  }

  /** Makes `token` that of `user`. */
  addToken(token: string, user: string): void {
    this.#users.set(token, user);
  }

  revoke(token: string): void {
    this.#users.delete(token);
  }

  /** Lets `user` do what the attributes of a SubjectAccessReview describe. */
  grant(user: string, attributes: object): void {
    this.#rights.add(JSON.stringify([user, attributes]));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    const { url: path = '' } = request;
    this.requests.push({ path, authorization: request.headers.authorization, body });
    if (this.fault !== undefined) {
      this.fault(response);
      return;
    }
    const spec = field(body, 'spec');
    const status = path.endsWith('tokenreviews') ? this.#tokenReview(spec) : this.#accessReview(spec);
    response.writeHead(201, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ ...(body as object), status }));
  }

  #tokenReview(spec: unknown): object {
    const username = this.#users.get(String(field(spec, 'token')));
    if (username === undefined) return { user: {}, error: 'invalid bearer token' };
    const extra = { 'authentication.kubernetes.io/pod-name': ['prometheus-0'] };
    return { authenticated: true, user: { username, uid: '1', groups: ['system:authenticated'], extra } };
  }

  #accessReview(spec: unknown): object {
    const attributes = field(spec, 'resourceAttributes') ?? field(spec, 'nonResourceAttributes');
    return { allowed: this.#rights.has(JSON.stringify([field(spec, 'user'), attributes])) };
  }
}

import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';

import { field } from '../../src/base/untrusted-json.ts';
import { orGiveUp } from './until.ts';

/** A response of the API server. */
export interface KubeResponse {
  readonly status: number;
  /** The `Warning` headers, as kubectl prints them. */
  readonly warnings: readonly string[];
  readonly body: unknown;
}

/** The authority of the API server, and a bearer token or a client certificate. */
export interface KubeCredentials extends Pick<RequestOptions, 'ca' | 'cert' | 'key'> {
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends requests to an API server with the credentials of one user. */
export class KubeClient {
  readonly #url: () => string;
  readonly #options: () => KubeCredentials;

  constructor(url: () => string, options: () => KubeCredentials) {
    this.#url = url;
    this.#options = options;
  }

  /** Rejects if the connection fails; every status resolves. */
  async send(method: string, path: string, body?: object, type = 'application/json'): Promise<KubeResponse> {
    const credentials = this.#options();
    const headers = { ...credentials.headers, ...(body === undefined ? {} : { 'Content-Type': type }) };
    const sent = request(this.#url() + path, { agent: false, ...credentials, method, headers });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await orGiveUp(`response to ${method} ${path}`, once(sent, 'response'))) as [IncomingMessage];
    const content = await orGiveUp('end of the response body', text(response));
    const isJson = response.headers['content-type']?.startsWith('application/json') === true;
    return {
      status: response.statusCode ?? 0,
      warnings: response.headersDistinct['warning'] ?? [],
      body: isJson ? JSON.parse(content) : content,
    };
  }

  /** The body of a response; throws unless the status is 200, 201 or 202. */
  async request(method: string, path: string, body?: object, type?: string): Promise<unknown> {
    const response = await this.send(method, path, body, type);
    if (response.status < 300) return response.body;
    throw new Error(`${method} ${path}: ${response.status} ${String(field(response.body, 'message'))}`);
  }

  create(path: string, body: object): Promise<unknown> {
    return this.request('POST', path, body);
  }

  /** Creates a ServiceAccount. */
  async createServiceAccount(namespace: string, name: string): Promise<void> {
    await this.create(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } });
  }

  /** A token of a ServiceAccount by the TokenRequest API. */
  async token(namespace: string, name: string, spec: object = {}): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    return String(field(field(await this.create(path, { spec }), 'status'), 'token'));
  }
}

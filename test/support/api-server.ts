import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';

import { Faults } from './api-faults.ts';
import type { Fault } from './api-faults.ts';
import { PodHistory } from './api-history.ts';
import { failure, parseRequest, selectorOf, sendJson } from './api-request.ts';
import type { ApiRequest } from './api-request.ts';
import { PodWatch } from './api-watch.ts';
import { kubeconfig } from './kubeconfig.ts';
import type { PodObject } from './pod-object.ts';

/** How the stand-in API server is set up. */
export interface ApiServerOptions {
  /** Answers with the pods of all nodes, whatever the request selects. */
  readonly ignoreFieldSelector?: boolean;
}

/**
 * A small Kubernetes API server on the loopback interface: list and watch of pods with resource versions,
 * bookmarks and a field selector for the node. It wants its own token, and misbehaves when told to.
 */
export class ApiServer {
  /** Emits `list`, `watch` and `other` with the {@link ApiRequest} after a request was dealt with. */
  readonly events = new EventEmitter();
  /** What the kubeconfig's user presents. */
  readonly token = randomBytes(16).toString('hex');
  readonly url: string;
  readonly #options: ApiServerOptions;
  readonly #server: Server;
  readonly #history = new PodHistory();
  readonly #requests: ApiRequest[] = [];
  readonly #watches = new Set<PodWatch>();
  readonly #faults = new Faults();
  #blackHole = false;

  private constructor(server: Server, port: number, options: ApiServerOptions) {
    this.#server = server;
    this.#options = options;
    this.url = `http://127.0.0.1:${port}`;
    server.on('request', (request, response) => {
      const asked = parseRequest(request);
      this.#requests.push(asked);
      this.#answer(asked, response);
      this.events.emit(asked.kind, asked);
    });
  }

  /** Listens on a free port. */
  static async start(options: ApiServerOptions = {}): Promise<ApiServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return new ApiServer(server, address.port, options);
  }

  /** Content of a kubeconfig file for this server. */
  get kubeconfig(): string {
    return kubeconfig(this.url, this.token);
  }

  /** All requests so far, in order. */
  get requests(): readonly ApiRequest[] {
    return this.#requests;
  }

  /** How many requests of one kind there were. */
  count(kind: ApiRequest['kind']): number {
    return this.#requests.filter((request) => request.kind === kind).length;
  }

  /** How many watches are open. */
  get openWatches(): number {
    return this.#watches.size;
  }

  /** Makes a pod or replaces the one with the same UID, and tells the watches. */
  setPod(pod: PodObject): void {
    const change = this.#history.set(pod);
    for (const watch of this.#watches) watch.change(change);
  }

  /** Deletes the pod with that UID, if there is one, and tells the watches. */
  deletePod(uid: string): void {
    const change = this.#history.delete(uid);
    if (change === undefined) return;
    for (const watch of this.#watches) watch.change(change);
  }

  /** Answers the next requests of a kind with an error status. */
  failNext(kind: ApiRequest['kind'], fault: Fault): void {
    this.#faults.plan(kind, fault);
  }

  /** Forgets what happened: a watch from an earlier version gets an ERROR event 410. Open watches go on. */
  compact(): void {
    this.#history.compact();
  }

  /** Sends an ERROR event with this code to every watch, and ends them. */
  failWatches(code: number): void {
    for (const watch of this.#watches) watch.fail(code);
  }

  /** Sends the current resource version to every watch that asked for bookmarks. */
  sendBookmarks(): void {
    for (const watch of this.#watches) watch.bookmark(this.#history.version);
  }

  /** Sends half a JSON object as a line to every watch. */
  sendBadLine(): void {
    for (const watch of this.#watches) watch.write('{"type":"MODIFIED","object":{"metadata"\n');
  }

  /** Ends every watch in good order. */
  endWatches(): void {
    for (const watch of this.#watches) watch.end();
  }

  /** Resets the connection of every watch. */
  resetWatches(): void {
    for (const watch of this.#watches) watch.reset();
  }

  /** From now on takes connections and requests and never answers; open watches fall silent for good. */
  swallow(): void {
    this.#blackHole = true;
    for (const watch of this.#watches) watch.mute();
  }

  /** Answers rightly from now on. What was swallowed stays unanswered. */
  recover(): void {
    this.#blackHole = false;
    this.#faults.clear();
  }

  /** Ends all connections and stops listening. May be called again. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(asked: ApiRequest, response: ServerResponse): void {
    if (this.#blackHole || this.#faults.answer(asked.kind, response)) return;
    if (asked.authorization !== `Bearer ${this.token}`) {
      sendJson(response, 401, failure(401));
    } else if (asked.kind === 'other') {
      sendJson(response, 404, failure(404));
    } else {
      this.#serve(this.#effective(asked), response);
    }
  }

  #serve(asked: ApiRequest, response: ServerResponse): void {
    if (asked.kind === 'watch') {
      this.#watch(asked, response);
      return;
    }
    const items = this.#history.list(selectorOf(asked));
    const metadata = { resourceVersion: String(this.#history.version) };
    sendJson(response, 200, { kind: 'PodList', apiVersion: 'v1', metadata, items });
  }

  #watch(asked: ApiRequest, response: ServerResponse): void {
    const watch = new PodWatch(asked, response);
    const missed =
      asked.resourceVersion === undefined
        ? this.#history.list(selectorOf(asked)).map((after) => ({ version: 0, after }))
        : this.#history.since(asked.resourceVersion);
    if (missed === undefined) {
      watch.fail(410);
      return;
    }
    for (const change of missed) watch.change(change);
    this.#watches.add(watch);
    response.once('close', () => this.#watches.delete(watch));
  }

  #effective(asked: ApiRequest): ApiRequest {
    return this.#options.ignoreFieldSelector === true ? { ...asked, nodeName: undefined } : asked;
  }
}

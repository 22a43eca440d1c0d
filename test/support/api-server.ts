import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

import { Faults, silence, httpStatus } from './api-faults.ts';
import type { Fault } from './api-faults.ts';
import { PodHistory } from './api-history.ts';
import { ApiListener } from './api-listener.ts';
import type { Reach } from './api-listener.ts';
import { ApiReplica } from './api-replica.ts';
import { parseRequest, podList } from './api-request.ts';
import type { ApiRequest, ReceivedRequest } from './api-request.ts';
import type { OpenWatch } from './api-watch.ts';
import type { Certificate } from './certificates.ts';
import { kubeconfig } from './kubeconfig.ts';
import type { PodObject } from './pod-object.ts';
import { orGiveUp } from './until.ts';

/** How the stand-in API server is set up. */
export interface ApiServerOptions extends Reach {
  /** Returns the pods of all nodes, whatever the request selects. */
  readonly ignoreFieldSelector?: boolean;
  /** Resource version to count on from. */
  readonly version?: number;
  /** The token that it accepts; a random one by default. */
  readonly token?: string;
  /** Calls `task` after so many milliseconds, unless the function that it returns is called before; in real time by default. */
  readonly after?: (milliseconds: number, task: () => void) => () => void;
  /** Number of API servers behind the address, which take turns; 1 by default. */
  readonly replicas?: number;
}

type Kind = ApiRequest['kind'];

/**
 * A small Kubernetes API server on the loopback interface: list and watch of pods with resource versions,
 * bookmarks and a field selector for the node. It requires a token, and has faults that tests switch on.
 */
export class ApiServer {
  /** Emits `list`, `watch` and `other` with the {@link ApiRequest} after a request was handled. */
  readonly events = new EventEmitter();
  /** The API servers behind the address. */
  readonly replicas: readonly ApiReplica[];
  readonly #options: ApiServerOptions;
  readonly #listener: ApiListener;
  readonly #history: PodHistory;
  readonly #requests: ReceivedRequest[] = [];
  readonly #faults = new Faults();
  readonly #awaited = { list: 0, watch: 0, other: 0 };
  #token: string;

  private constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#history = new PodHistory(options.version);
    this.#token = options.token ?? randomToken();
    this.replicas = Array.from({ length: options.replicas ?? 1 }, () => new ApiReplica(this.#history));
    this.#listener = new ApiListener((request, response) => this.#receive(request, response), options);
  }

  /** Listens on a free port, unless connections are made in memory. */
  static async start(options: ApiServerOptions = {}): Promise<ApiServer> {
    const server = new ApiServer(options);
    await server.open();
    return server;
  }

  /** Whether connections are to be made by {@link connect}. */
  get isInMemory(): boolean {
    return this.#options.inMemory ?? false;
  }

  get url(): string {
    return this.#listener.url;
  }

  /** What the kubeconfig's user presents. */
  get token(): string {
    return this.#token;
  }

  /** Content of a kubeconfig file for this server. */
  get kubeconfig(): string {
    return kubeconfig(this.url, this.token);
  }

  /** All requests so far, in order. */
  get requests(): readonly ReceivedRequest[] {
    return this.#requests;
  }

  /** How many requests of one kind there were. */
  count(kind: Kind): number {
    return this.#requests.filter((request) => request.kind === kind).length;
  }

  /** The next list that no test has waited for yet. */
  nextList(): Promise<ReceivedRequest> {
    return this.#next('list');
  }

  /** The next watch that no test has waited for yet. */
  nextWatch(): Promise<ReceivedRequest> {
    return this.#next('watch');
  }

  get watches(): readonly OpenWatch[] {
    return this.replicas.flatMap(({ watches }) => [...watches]);
  }

  /** How many watches are open. */
  get openWatches(): number {
    return this.watches.length;
  }

  /** The pods and their changes. */
  get history(): Pick<PodHistory, 'version' | 'changes' | 'uids' | 'list'> {
    return this.#history;
  }

  /** Creates a pod or replaces the one with the same UID, and notifies the watches. */
  setPod(pod: PodObject): void {
    this.#history.set(pod);
    this.#notify();
  }

  /** Deletes the pod with that UID, if there is one, and notifies the watches. */
  deletePod(uid: string): void {
    this.#history.delete(uid);
    this.#notify();
  }

  /** Replaces all pods, without notifying the watches. */
  replacePods(pods: readonly PodObject[]): void {
    const uids = new Set(pods.map(({ metadata }) => metadata.uid));
    for (const { metadata } of this.#history.list()) {
      if (!uids.has(metadata.uid)) this.#history.delete(metadata.uid);
    }
    for (const pod of pods) this.#history.set(pod);
    this.#lose();
  }

  /** Deletes the pod with that UID, without notifying the watches. */
  losePod(uid: string): void {
    this.#history.delete(uid);
    this.#lose();
  }

  /** As {@link setPod}, but every watch, now or later, gets this change garbled. */
  garblePod(pod: PodObject): void {
    this.#history.set(pod);
    this.#history.garble();
    this.#notify();
  }

  /** Gives the next requests of a kind one fault each. */
  failNext(kind: Kind, ...faults: readonly Fault[]): void {
    this.#faults.plan(kind, faults);
  }

  /** Gives all requests of a kind a fault, until {@link recover}. */
  failAll(kind: Kind, fault: Fault): void {
    this.#faults.planAll(kind, fault);
  }

  /** Drops all changes: a watch from an earlier version gets an ERROR event 410. Open watches continue. */
  compact(): void {
    const before = this.#history.version;
    this.#history.compact();
    for (const watch of this.watches) watch.skip(this.#history.version, before);
  }

  /** Accepts only a new token from now on. */
  renewToken(token = randomToken()): void {
    this.#token = token;
  }

  /** Sends an ERROR event with this code to every watch, and ends them. */
  failWatches(code: number): void {
    for (const watch of this.watches) watch.fail(code);
  }

  /** Sends the current resource version to every watch that requested bookmarks. */
  sendBookmarks(): void {
    for (const { watches, version } of this.replicas) {
      for (const watch of watches) watch.bookmark(version);
    }
  }

  /** Ends every watch regularly. */
  endWatches(): void {
    for (const watch of this.watches) watch.end();
  }

  /** Resets the connection of every watch. */
  resetWatches(): void {
    for (const watch of this.watches) watch.reset();
  }

  /** Accepts connections and requests from now on and never responds; open watches send nothing any more. */
  swallow(): void {
    for (const kind of ['list', 'watch', 'other'] as const) this.failAll(kind, silence);
    for (const watch of this.watches) watch.mute();
  }

  /** Responds correctly from now on. Swallowed requests get no response. */
  recover(): void {
    this.#faults.clear();
    this.#history.ungarble();
    for (const replica of this.replicas) replica.release();
  }

  /** Listens again on the same port after it was closed. */
  async open(): Promise<void> {
    await this.#listener.open();
  }

  /** Ends all connections and stops listening. May be called again. */
  async close(): Promise<void> {
    await this.#listener.close();
  }

  /** Uses another certificate from the next connection on. */
  certify(certificate: Certificate): void {
    this.#listener.certify(certificate);
  }

  /** The client's end of a new connection in memory. */
  connect(): Duplex {
    return this.#listener.connect();
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const received = { ...parseRequest(request), response };
    const replica = this.replicas[this.#requests.length % this.replicas.length];
    this.#requests.push(received);
    if (replica !== undefined) this.#respond(received, replica);
    this.events.emit(received.kind, received);
  }

  #respond(request: ReceivedRequest, replica: ApiReplica): void {
    const { kind, response } = request;
    const effective =
      this.#options.ignoreFieldSelector === true ? { ...request, nodeName: undefined, podName: undefined } : request;
    const fault = this.#faults.take(kind);
    if (fault !== undefined) fault(response, kind === 'list' ? (listOf(effective, replica) ?? '') : '');
    else if (request.authorization !== `Bearer ${this.token}`) httpStatus(401)(response, '');
    else if (kind === 'watch') this.#limit(request, replica.watch(effective, response));
    else if (kind === 'list') sendList(response, listOf(effective, replica));
    else httpStatus(404)(response, '');
  }

  #limit({ timeoutSeconds, response }: ReceivedRequest, watch: OpenWatch): void {
    if (timeoutSeconds === undefined) return;
    const { after = afterRealTime } = this.#options;
    response.once(
      'close',
      after(timeoutSeconds * 1000, () => watch.end()),
    );
  }

  #notify(): void {
    for (const replica of this.replicas) replica.sendChanges();
  }

  #lose(): void {
    for (const watch of this.watches) watch.skip(this.#history.version);
  }

  async #next(kind: Kind): Promise<ReceivedRequest> {
    const number = this.#awaited[kind];
    this.#awaited[kind] += 1;
    for (;;) {
      const received = this.#requests.filter((request) => request.kind === kind)[number];
      if (received !== undefined) return received;
      const earlier = (): readonly string[] => this.#requests.map(({ url }) => url);
      await orGiveUp(`${kind} ${number + 1}`, once(this.events, kind), earlier);
    }
  }
}

function afterRealTime(milliseconds: number, task: () => void): () => void {
  const timer = setTimeout(task, milliseconds);
  return () => clearTimeout(timer);
}

function randomToken(): string {
  return randomBytes(16).toString('hex');
}

/** The text of a list; `undefined` if the replica has not reached the version asked for. */
function listOf(request: ApiRequest, replica: ApiReplica): string | undefined {
  const state = replica.list(request);
  return state === undefined ? undefined : podList(state.version, state.pods);
}

function sendList(response: ServerResponse, body: string | undefined): void {
  // As the API server responds to a version that is too large for it.
  if (body === undefined) httpStatus(504, { 'Retry-After': '1' })(response, '');
  else response.writeHead(200, { 'Content-Type': 'application/json' }).end(body);
}

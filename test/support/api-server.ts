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
import type { ApiRequest, Asked } from './api-request.ts';
import type { OpenWatch } from './api-watch.ts';
import type { Certificate } from './certificates.ts';
import { kubeconfig } from './kubeconfig.ts';
import type { PodObject } from './pod-object.ts';
import { orGiveUp } from './until.ts';

/** How the stand-in API server is set up. */
export interface ApiServerOptions extends Reach {
  /** Answers with the pods of all nodes, whatever the request selects. */
  readonly ignoreFieldSelector?: boolean;
  /** Resource version to count on from. */
  readonly version?: number;
  /** What it lets in; a random one unless said. */
  readonly token?: string;
  /** Calls `task` after so many milliseconds, unless the function that it returns is called before; in real time unless said. */
  readonly after?: (milliseconds: number, task: () => void) => () => void;
  /** How many API servers stand behind the one address, which take turns; 1 unless said. */
  readonly replicas?: number;
}

type Kind = ApiRequest['kind'];

/**
 * A small Kubernetes API server on the loopback interface: list and watch of pods with resource versions,
 * bookmarks and a field selector for the node. It wants its own token, and misbehaves when told to.
 */
export class ApiServer {
  /** Emits `list`, `watch` and `other` with the {@link ApiRequest} after a request was dealt with. */
  readonly events = new EventEmitter();
  /** The API servers behind the address. */
  readonly replicas: readonly ApiReplica[];
  readonly #options: ApiServerOptions;
  readonly #listener: ApiListener;
  readonly #history: PodHistory;
  readonly #requests: Asked[] = [];
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

  /** Listens on a free port, unless connections are to be made in memory. */
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
  get requests(): readonly Asked[] {
    return this.#requests;
  }

  /** How many requests of one kind there were. */
  count(kind: Kind): number {
    return this.#requests.filter((request) => request.kind === kind).length;
  }

  /** The next list that no test has waited for yet. */
  nextList(): Promise<Asked> {
    return this.#next('list');
  }

  /** The next watch that no test has waited for yet. */
  nextWatch(): Promise<Asked> {
    return this.#next('watch');
  }

  get watches(): readonly OpenWatch[] {
    return this.replicas.flatMap(({ watches }) => [...watches]);
  }

  /** How many watches are open. */
  get openWatches(): number {
    return this.watches.length;
  }

  /** The pods as they are, and what is known of how they came to be so. */
  get history(): Pick<PodHistory, 'version' | 'changes' | 'uids' | 'list'> {
    return this.#history;
  }

  /** Makes a pod or replaces the one with the same UID, and tells the watches. */
  setPod(pod: PodObject): void {
    this.#history.set(pod);
    this.#tell();
  }

  /** Deletes the pod with that UID, if there is one, and tells the watches. */
  deletePod(uid: string): void {
    this.#history.delete(uid);
    this.#tell();
  }

  /** Makes these all the pods there are, without telling the watches. */
  replacePods(pods: readonly PodObject[]): void {
    const uids = new Set(pods.map(({ metadata }) => metadata.uid));
    for (const { metadata } of this.#history.list()) {
      if (!uids.has(metadata.uid)) this.#history.delete(metadata.uid);
    }
    for (const pod of pods) this.#history.set(pod);
    this.#lose();
  }

  /** Deletes the pod with that UID, without telling the watches. */
  losePod(uid: string): void {
    this.#history.delete(uid);
    this.#lose();
  }

  /** As {@link setPod}, but whoever is told of this change, now or later, is told it garbled. */
  garblePod(pod: PodObject): void {
    this.#history.set(pod);
    this.#history.garble();
    this.#tell();
  }

  /** Gives the next requests of a kind other answers than the right ones, one each. */
  failNext(kind: Kind, ...faults: readonly Fault[]): void {
    this.#faults.plan(kind, faults);
  }

  /** Gives all requests of a kind another answer than the right one, until {@link recover}. */
  failAll(kind: Kind, fault: Fault): void {
    this.#faults.planAll(kind, fault);
  }

  /** Forgets what happened: a watch from an earlier version gets an ERROR event 410. Open watches go on. */
  compact(): void {
    const before = this.#history.version;
    this.#history.compact();
    for (const watch of this.watches) watch.skip(this.#history.version, before);
  }

  /** Takes no token but a new one from now on. */
  renewToken(token = randomToken()): void {
    this.#token = token;
  }

  /** Sends an ERROR event with this code to every watch, and ends them. */
  failWatches(code: number): void {
    for (const watch of this.watches) watch.fail(code);
  }

  /** Sends the current resource version to every watch that asked for bookmarks. */
  sendBookmarks(): void {
    for (const { watches, version } of this.replicas) {
      for (const watch of watches) watch.bookmark(version);
    }
  }

  /** Ends every watch in good order. */
  endWatches(): void {
    for (const watch of this.watches) watch.end();
  }

  /** Resets the connection of every watch. */
  resetWatches(): void {
    for (const watch of this.watches) watch.reset();
  }

  /** From now on takes connections and requests and never answers; open watches fall silent for good. */
  swallow(): void {
    for (const kind of ['list', 'watch', 'other'] as const) this.failAll(kind, silence);
    for (const watch of this.watches) watch.mute();
  }

  /** Answers rightly from now on. What was swallowed stays unanswered. */
  recover(): void {
    this.#faults.clear();
    this.#history.mend();
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

  /** Shows another certificate from the next connection on. */
  certify(certificate: Certificate): void {
    this.#listener.certify(certificate);
  }

  /** The client's end of a new connection in memory. */
  connect(): Duplex {
    return this.#listener.connect();
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const asked = { ...parseRequest(request), response };
    const replica = this.replicas[this.#requests.length % this.replicas.length];
    this.#requests.push(asked);
    if (replica !== undefined) this.#answer(asked, replica);
    this.events.emit(asked.kind, asked);
  }

  #answer(asked: Asked, replica: ApiReplica): void {
    const { kind, response } = asked;
    const effective =
      this.#options.ignoreFieldSelector === true ? { ...asked, nodeName: undefined, podName: undefined } : asked;
    const fault = this.#faults.take(kind);
    if (fault !== undefined) fault(response, kind === 'list' ? (listOf(effective, replica) ?? '') : '');
    else if (asked.authorization !== `Bearer ${this.token}`) httpStatus(401)(response, '');
    else if (kind === 'watch') this.#limit(asked, replica.watch(effective, response));
    else if (kind === 'list') sendList(response, listOf(effective, replica));
    else httpStatus(404)(response, '');
  }

  #limit({ timeoutSeconds, response }: Asked, watch: OpenWatch): void {
    if (timeoutSeconds === undefined) return;
    const { after = afterRealTime } = this.#options;
    response.once(
      'close',
      after(timeoutSeconds * 1000, () => watch.end()),
    );
  }

  #tell(): void {
    for (const replica of this.replicas) replica.tell();
  }

  #lose(): void {
    for (const watch of this.watches) watch.skip(this.#history.version);
  }

  async #next(kind: Kind): Promise<Asked> {
    const number = this.#awaited[kind];
    this.#awaited[kind] += 1;
    for (;;) {
      const asked = this.#requests.filter((request) => request.kind === kind)[number];
      if (asked !== undefined) return asked;
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
  // As the API server says that a version is too large for it.
  if (body === undefined) httpStatus(504, { 'Retry-After': '1' })(response, '');
  else response.writeHead(200, { 'Content-Type': 'application/json' }).end(body);
}

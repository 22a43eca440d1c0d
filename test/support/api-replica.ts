import type { ServerResponse } from 'node:http';

import type { PodHistory } from './api-history.ts';
import { selectorOf } from './api-request.ts';
import type { ApiRequest } from './api-request.ts';
import { OpenWatch } from './api-watch.ts';
import type { PodObject } from './pod-object.ts';

/** The pods in one version. */
export interface PodState {
  readonly version: number;
  readonly pods: readonly PodObject[];
}

/** One of several API servers over the same store: its cache may lag behind, and it has its own watches. */
export class ApiReplica {
  readonly #history: PodHistory;
  readonly #watches = new Set<OpenWatch>();
  #held: PodState | undefined;

  constructor(history: PodHistory) {
    this.#history = history;
  }

  get watches(): ReadonlySet<OpenWatch> {
    return this.#watches;
  }

  /** Version of its cache. */
  get version(): number {
    return this.#held?.version ?? this.#history.version;
  }

  /** Stops updating its cache. */
  hold(): void {
    this.#held ??= this.#latest();
  }

  /** Updates its cache, and sends its watches the changes that they missed. */
  release(): void {
    this.#held = undefined;
    this.sendChanges();
  }

  /** Sends its watches the new changes of its cache. */
  sendChanges(): void {
    for (const watch of this.#watches) watch.follow(this.#history, this.version);
  }

  /**
   * The response to a list; `undefined` if its cache has not reached the requested version.
   *
   * https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list
   */
  list(request: ApiRequest): PodState | undefined {
    const { resourceVersion } = request;
    if (resourceVersion !== undefined && resourceVersion > this.version) return undefined;
    const { version, pods } = resourceVersion === undefined ? this.#latest() : (this.#held ?? this.#latest());
    return { version, pods: pods.filter(selectorOf(request)) };
  }

  /** Starts a watch; one from a version that its cache has not reached sends nothing until then. */
  watch(request: ApiRequest, response: ServerResponse): OpenWatch {
    const { resourceVersion: from = 0 } = request;
    const begin = from === 0 ? this.list(request) : undefined;
    const watch = new OpenWatch(request, response, begin?.version ?? from);
    for (const after of begin?.pods ?? []) watch.send({ type: 'ADDED', object: after });
    watch.follow(this.#history, this.version);
    this.#watches.add(watch);
    response.once('close', () => this.#watches.delete(watch));
    return watch;
  }

  #latest(): PodState {
    return { version: this.#history.version, pods: this.#history.list() };
  }
}

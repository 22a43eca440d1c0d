import { readLines } from '../../base/read-lines.ts';
import { ApiFailure } from '../../cluster/failure.ts';
import type { ApiClient } from '../../cluster/api-client.ts';
import type { PodSelector } from './pod-selector.ts';
import { readPodList } from './pod-list.ts';
import { LINE_LIMIT, parseWatchEvent, type WatchEvent } from './watch-events.ts';

/** The `timeoutSeconds` of a watch is random, so that watches of many nodes do not end at the same time. */
const MIN_WATCH_SECONDS = 240;
const WATCH_JITTER_SECONDS = 240;

/** Time after `timeoutSeconds` at which the client gives up a watch that the server has not ended. */
const WATCH_GRACE_MS = 30_000;

const LIST_IDLE_TIMEOUT_MS = 30_000;
const LIST_TIMEOUT_MS = 120_000;

/** Lists and watches the pods of one node, or one pod. */
export class PodApi {
  readonly #client: Pick<ApiClient, 'get'>;
  readonly #selector: PodSelector;
  readonly #random: () => number;

  /** `random` returns numbers in [0, 1). */
  constructor(client: Pick<ApiClient, 'get'>, selector: PodSelector, random: () => number) {
    this.#client = client;
    this.#selector = selector;
    this.#random = random;
  }

  /**
   * Passes each pod to `onPod` and returns the resource version to watch from.
   *
   * `notOlderThan` is the minimum resource version of the list: '0' accepts any cached state, `undefined` requests
   * the most recent state, which is more expensive for the server.
   *
   * https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list
   *
   * @throws {ApiFailure} or the error of the connection, possibly after some calls of `onPod`.
   */
  async list(notOlderThan: string | undefined, onPod: (pod: unknown) => void, signal: AbortSignal): Promise<string> {
    const query = notOlderThan === undefined ? {} : { resourceVersion: notOlderThan };
    const request = {
      path: this.#path(query),
      idleTimeoutMs: LIST_IDLE_TIMEOUT_MS,
      timeoutMs: LIST_TIMEOUT_MS,
      signal,
    };
    const version = await readPodList(this.#client.get(request), onPod);
    if (version === undefined) throw new ApiFailure('bad_list', 'the pod list has no resource version');
    return version;
  }

  /**
   * Yields the events after a resource version, until the server ends the watch.
   *
   * @throws {ApiFailure} or the error of the connection.
   */
  async *watch(resourceVersion: string, signal: AbortSignal): AsyncGenerator<WatchEvent, void, undefined> {
    const seconds = MIN_WATCH_SECONDS + Math.floor(this.#random() * (WATCH_JITTER_SECONDS + 1));
    const path = this.#path({
      watch: 'true',
      resourceVersion,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(seconds),
    });
    const timeoutMs = seconds * 1000 + WATCH_GRACE_MS;
    const chunks = this.#client.get({ path, idleTimeoutMs: timeoutMs, timeoutMs, signal });
    for await (const line of readLines(chunks, LINE_LIMIT)) yield parseWatchEvent(line);
  }

  #path(query: Readonly<Record<string, string>>): string {
    const { path, fieldSelector } = this.#selector;
    return `${path}?${new URLSearchParams({ fieldSelector, ...query }).toString()}`;
  }
}

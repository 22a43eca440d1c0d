import { ApiFailure } from '../../cluster/failure.ts';
import type { ApiClient } from '../../cluster/request.ts';
import type { ApiScope } from './api-scope.ts';
import { readPodList } from './pod-list.ts';
import { parseWatchEvent, readLines, type WatchEvent } from './watch-events.ts';

/** Seconds after which the server is asked to end a watch: from so many, and up to so many more. */
const WATCH_SHORTEST = 240;
const WATCH_SPREAD = 240;

/** Milliseconds by which the end of a watch may be late. */
const WATCH_LATE = 30_000;

/** Milliseconds of silence, and in all, after which a list is given up. */
const LIST_IDLE = 30_000;
const LIST_LONGEST = 120_000;

/** The two questions about the pods of one node, or about one pod. */
export class PodApi {
  readonly #client: Pick<ApiClient, 'get'>;
  readonly #scope: ApiScope;
  readonly #random: () => number;

  /** `random` gives numbers from 0 up to but not including 1. */
  constructor(client: Pick<ApiClient, 'get'>, scope: ApiScope, random: () => number) {
    this.#client = client;
    this.#scope = scope;
    this.#random = random;
  }

  /**
   * Gives all pods to `take`, one after the other, and returns the version to watch from.
   *
   * `notOlderThan` is a version that the list must have reached: '0' for whatever the server has in its cache,
   * `undefined` for the latest, which costs the server more.
   *
   * https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list
   *
   * @throws {ApiFailure} or the error of the connection; then some pods may have been given.
   */
  async list(notOlderThan: string | undefined, take: (pod: unknown) => void, signal: AbortSignal): Promise<string> {
    const query = notOlderThan === undefined ? {} : { resourceVersion: notOlderThan };
    const request = { path: this.#path(query), idle: LIST_IDLE, longest: LIST_LONGEST, signal };
    const version = await readPodList(this.#client.get(request), take);
    if (version === undefined) throw new ApiFailure('bad_list', 'the list of pods has no version');
    return version;
  }

  /**
   * What happens after a version, until the server ends the watch.
   *
   * @throws {ApiFailure} or the error of the connection.
   */
  async *watch(resourceVersion: string, signal: AbortSignal): AsyncGenerator<WatchEvent, void, undefined> {
    const seconds = WATCH_SHORTEST + Math.floor(this.#random() * (WATCH_SPREAD + 1));
    const path = this.#path({
      watch: 'true',
      resourceVersion,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(seconds),
    });
    const longest = seconds * 1000 + WATCH_LATE;
    for await (const line of readLines(this.#client.get({ path, idle: longest, longest, signal }))) {
      yield parseWatchEvent(line);
    }
  }

  #path(query: Readonly<Record<string, string>>): string {
    const { path, fieldSelector } = this.#scope;
    return `${path}?${new URLSearchParams({ fieldSelector, ...query }).toString()}`;
  }
}

import type { ApiClient } from './api-request.ts';
import { type PodList, readPodList } from './pod-list.ts';
import { parseWatchEvent, readLines, type WatchEvent } from './watch-events.ts';

/** Seconds after which the server is asked to end a watch: from so many, and up to so many more. */
const WATCH_SHORTEST = 240;
const WATCH_SPREAD = 240;

/** Milliseconds by which the end of a watch may be late. */
const WATCH_LATE = 30_000;

/** Milliseconds of silence after which a list is given up. */
const LIST_IDLE = 30_000;

/** The two questions about the pods of one node. */
export class PodApi {
  readonly #client: ApiClient;
  readonly #fieldSelector: string;
  readonly #random: () => number;

  constructor(client: ApiClient, nodeName: string, random: () => number) {
    this.#client = client;
    this.#fieldSelector = `spec.nodeName=${nodeName}`;
    this.#random = random;
  }

  /**
   * All pods: out of the server's cache, which may lag behind a little, or as they are in etcd, which costs more.
   *
   * @throws {ApiFailure} or the error of the connection.
   */
  list(from: 'cache' | 'etcd', signal: AbortSignal): Promise<PodList> {
    const fieldSelector = this.#fieldSelector;
    const query = from === 'cache' ? { fieldSelector, resourceVersion: '0' } : { fieldSelector };
    return readPodList(this.#client.get({ path: pathOf(query), idle: LIST_IDLE, signal }));
  }

  /**
   * What happens after a version, until the server ends the watch.
   *
   * @throws {ApiFailure} or the error of the connection.
   */
  async *watch(resourceVersion: string, signal: AbortSignal): AsyncGenerator<WatchEvent, void, undefined> {
    const seconds = WATCH_SHORTEST + Math.floor(this.#random() * (WATCH_SPREAD + 1));
    const path = pathOf({
      watch: 'true',
      fieldSelector: this.#fieldSelector,
      resourceVersion,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(seconds),
    });
    const idle = seconds * 1000 + WATCH_LATE;
    for await (const line of readLines(this.#client.get({ path, idle, signal }))) yield parseWatchEvent(line);
  }
}

function pathOf(query: Readonly<Record<string, string>>): string {
  return `/api/v1/pods?${new URLSearchParams(query).toString()}`;
}

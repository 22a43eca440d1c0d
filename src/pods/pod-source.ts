import type { PodIndex } from './pod-index.ts';

/** Why a list or a watch failed. */
export interface SourceFailure {
  /** As in the label of the restart counter: `http_403`, `connection`. */
  readonly reason: string;
  /** One line without data from the server. */
  readonly message: string;
}

/** Status of a pod metadata source, for `/readyz` and the self-metrics. */
export interface SourceStatus {
  /** Whether the first list is complete. Later failures do not reset it. */
  readonly synced: boolean;
  /** Unix seconds of the last complete list. */
  readonly lastListSeconds?: number;
  /** Unix seconds of the last list, event or bookmark. */
  readonly lastEventSeconds?: number;
  /** Seconds that the last complete list took; absent for a file. */
  readonly listDurationSeconds?: number;
  /** Why the last attempt to list or to watch failed; absent while it succeeds. */
  readonly failures?: Readonly<Partial<Record<'list' | 'watch', SourceFailure>>>;
  /** Seconds by which the clock of the API server is ahead of that of this machine, to a second. */
  readonly clockOffsetSeconds?: number | undefined;
  /** Number of restarted lists and watches by reason. */
  readonly restarts: ReadonlyMap<string, number>;
}

/**
 * A pod metadata source fills a {@link PodIndex}. It never throws after the start: it reports later failures in the log
 * and in its status, and the index keeps its last state.
 */
export interface PodSource {
  /** Value of `--pods` that selects this source, for the log and the start page. */
  readonly name: string;
  /** Why no pod metadata is available, unless `--pods=none` is set. */
  readonly reason?: string;
  readonly index: PodIndex;
  readonly status: SourceStatus;
  /**
   * Starts to fill the index. Resolves after the first list, complete or failed; failed lists are retried.
   * A file source rejects if the first read fails.
   */
  start(): Promise<void>;
  /**
   * Requests an early relist because the index has no pod or container for some cgroups. `unmatched` has their pod UIDs
   * and container IDs. The source rate-limits the requests.
   */
  requestRelist(unmatched: readonly string[]): void;
  /** Stops the source. Resolves when no request or timer is pending. */
  stop(): Promise<void>;
}

import type { PodIndex } from './pod-index.ts';

/** What a source of pods tells about itself, for `/readyz` and the self-metrics. */
export interface SourceStatus {
  /** The first list has been taken in. Stays true from then on, whatever fails later. */
  readonly synced: boolean;
  /** Unix seconds of the last list that was taken in. */
  readonly lastList?: number;
  /** Unix seconds of the last list, event or bookmark. */
  readonly lastEvent?: number;
  /** How often listing or watching had to begin anew, by reason. */
  readonly restarts: ReadonlyMap<string, number>;
}

/**
 * Where pods come from. A source fills a {@link PodIndex} and never throws once it was started:
 * what goes wrong later is reported to the log and in its status, and the index keeps its last good state.
 */
export interface PodSource {
  /** The value of `--pods` that chose it, for the log and the page. */
  readonly name: string;
  /** Why there are no names of pods, where nobody asked for that. */
  readonly reason?: string;
  readonly index: PodIndex;
  readonly status: SourceStatus;
  /**
   * Begins to fill the index. Resolves when the first list is in, or when it failed and will be tried again;
   * a source that reads files has filled the index when this resolves.
   */
  start(): Promise<void>;
  /**
   * Asks for a list soon, because cgroups were seen of which no pod or container is known; each is told by its UID or
   * ID. Rate-limited by the source.
   */
  requestRelist(unknown: readonly string[]): void;
  /** Ends all work; nothing of the source runs once this has resolved. */
  stop(): Promise<void>;
}

import type { SourceStatus } from '../pod-source.ts';

/** Tracks the status of a source. */
export class StatusTracker implements SourceStatus {
  synced = false;
  lastListSeconds?: number;
  lastEventSeconds?: number;
  readonly #restarts = new Map<string, number>();

  get restarts(): ReadonlyMap<string, number> {
    return this.#restarts;
  }

  /** Records a complete list at `time`, in Unix seconds. */
  recordList(time: number): void {
    this.synced = true;
    this.lastListSeconds = time;
    this.lastEventSeconds = time;
  }

  /** Records a watch event or bookmark at `time`, in Unix seconds. */
  recordEvent(time: number): void {
    this.lastEventSeconds = time;
  }

  /** Records a restarted list or watch. */
  recordRestart(reason: string): void {
    this.#restarts.set(reason, (this.#restarts.get(reason) ?? 0) + 1);
  }
}

import type { SourceStatus } from '../pod-source.ts';

/** A source's account of its own work. */
export class StatusTracker implements SourceStatus {
  synced = false;
  lastList?: number;
  lastEvent?: number;
  readonly #restarts = new Map<string, number>();

  get restarts(): ReadonlyMap<string, number> {
    return this.#restarts;
  }

  /** A list was taken in at `time`, Unix seconds. */
  recordList(time: number): void {
    this.synced = true;
    this.lastList = time;
    this.lastEvent = time;
  }

  /** An event or a bookmark arrived at `time`, Unix seconds. */
  recordEvent(time: number): void {
    this.lastEvent = time;
  }

  /** Work had to begin anew. */
  recordRestart(reason: string): void {
    this.#restarts.set(reason, (this.#restarts.get(reason) ?? 0) + 1);
  }
}

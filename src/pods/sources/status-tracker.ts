import type { SourceFailure, SourceStatus } from '../pod-source.ts';

/** Tracks the status of a source. */
export class StatusTracker implements SourceStatus {
  synced = false;
  lastListSeconds?: number;
  lastEventSeconds?: number;
  listDurationSeconds?: number;
  readonly failures: Partial<Record<'list' | 'watch', SourceFailure>> = {};
  readonly #clockOffset: () => number | undefined;
  readonly #restarts = new Map<string, number>();

  /** `clockOffset` returns {@link SourceStatus.clockOffsetSeconds}. */
  constructor(clockOffset: () => number | undefined = () => undefined) {
    this.#clockOffset = clockOffset;
  }

  get clockOffsetSeconds(): number | undefined {
    return this.#clockOffset();
  }

  get restarts(): ReadonlyMap<string, number> {
    return this.#restarts;
  }

  /** Records a complete list at `time`, in Unix seconds, that took so many milliseconds. */
  recordList(time: number, durationMs?: number): void {
    delete this.failures.list;
    if (durationMs !== undefined) this.listDurationSeconds = durationMs / 1000;
    this.synced = true;
    this.lastListSeconds = time;
    this.lastEventSeconds = time;
  }

  /** Records a watch event or bookmark at `time`, in Unix seconds. */
  recordEvent(time: number): void {
    delete this.failures.watch;
    this.lastEventSeconds = time;
  }

  /** Records why a list or watch failed. */
  recordFailure(step: 'list' | 'watch', { reason, message }: SourceFailure): void {
    this.failures[step] = { reason, message };
  }

  /** Records a restarted list or watch. */
  recordRestart(reason: string): void {
    this.#restarts.set(reason, (this.#restarts.get(reason) ?? 0) + 1);
  }
}

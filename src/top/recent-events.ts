import { numberAt, type NodeDocument } from './document.ts';
import { LIMITS } from './limits.ts';
import { oomKillsOf } from './oom-kills.ts';

/** Seconds for which an event is shown. */
const KEPT_SECONDS = LIMITS.restartSeconds;

interface Counter {
  readonly value: number;
  /** Unix seconds at which it grew last. */
  readonly grewAt?: number;
}

/** When counters of rare events grew: a rate shows them for one interval only. */
export class RecentEvents {
  #counters: ReadonlyMap<string, Counter> = new Map();

  /** Compares the counters of a document with those of the one before. */
  update(document: NodeDocument): void {
    const now = document.time_seconds;
    const next = new Map<string, Counter>();
    for (const [key, value] of countersOf(document)) {
      const before = this.#counters.get(key);
      const grew = before !== undefined && value > before.value;
      const grewAt = grew ? now : before?.grewAt;
      next.set(key, { value, ...(grewAt === undefined ? {} : { grewAt }) });
    }
    this.#counters = next;
  }

  /** Seconds since the counter called `key` grew; `undefined` if that was not seen or is long ago. */
  secondsSince(key: string, now: number): number | undefined {
    const { grewAt } = this.#counters.get(key) ?? {};
    return grewAt === undefined || now - grewAt > KEPT_SECONDS ? undefined : now - grewAt;
  }
}

type CounterValue = readonly [key: string, value: number];

/** The counters of OOM kills and restarts, by the key of the row and what is counted. */
function* countersOf({ pods, containers = [] }: NodeDocument): Generator<CounterValue> {
  for (const outside of containers) yield [`${outside.id} oom`, valueAt(outside, ...OOM_KILLS)];
  for (const pod of pods) {
    yield [`${pod.uid} oom`, oomKillsOf(pod) ?? 0];
    for (const container of pod.containers) {
      const key = `${pod.uid} ${container.name ?? container.id ?? ''}`;
      yield [`${key} oom`, valueAt(container, ...OOM_KILLS) + valueAt(container, 'terminated_oom_total')];
      yield [`${key} restart`, valueAt(container, 'restarts_total')];
    }
  }
}

const OOM_KILLS = ['memory', 'oom_kills_total'] as const;

function valueAt(from: unknown, ...path: readonly string[]): number {
  return numberAt(from, ...path) ?? 0;
}

import { systemClock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { ContainerLife } from './container-lives.ts';
import type { ContainerLabels } from './container-records.ts';
import type { EngineFailureKind } from './engine-failure.ts';
import type { EngineInfo } from './engine-info.ts';
import { engineApi } from './engine-api.ts';
import { EngineWatcher } from './engine-watcher.ts';
import type { OutsideRecord } from './outside-record.ts';

/** What one engine reports. */
export interface EngineStatus {
  readonly socket: string;
  readonly isSynced: boolean;
  readonly containers: number;
  /** What it has reported about itself. */
  readonly info: EngineInfo | undefined;
  /** Why the last request failed, if it did. */
  readonly failure: { readonly cause: EngineFailureKind; readonly message: string } | undefined;
}

/** Names containers outside of pods. */
export interface ContainerNames {
  /**
   * What an engine reports about a container; `undefined` if none reports it. `pending` while a list that may have the
   * container is expected, which this requests.
   */
  find(id: string): OutsideRecord | 'pending' | undefined;
  /** Forgets what was asked about other containers. */
  retain(ids: ReadonlySet<string>): void;
}

/** Containers whose request is kept, the last ones: events ask also while nothing is scraped. */
const MAX_ASKED = 10_000;

/** The container engines of a host. */
export class Engines implements ContainerNames {
  readonly #watchers: readonly EngineWatcher[];
  readonly #waits: boolean;
  /** Number of the last list of each engine that had begun when a container was asked for, by ID. */
  readonly #asked = new Map<string, readonly number[]>();

  /** Without `waits` a container that no list has is never pending: there is no later scrape. */
  constructor(watchers: readonly EngineWatcher[], { waits }: { readonly waits: boolean }) {
    this.#watchers = watchers;
    this.#waits = waits;
  }

  get status(): readonly EngineStatus[] {
    return this.#watchers.map(({ socket, isSynced, records, info, failure }) => {
      const problem = failure === undefined ? undefined : { cause: failure.kind, message: failure.message };
      return { socket, isSynced, containers: records.size, info, failure: problem };
    });
  }

  /** What the events of an engine have about a container that may have ended. */
  life(id: string): ContainerLife | undefined {
    for (const watcher of this.#watchers) {
      const life = watcher.life(id);
      if (life !== undefined) return life;
    }
    return undefined;
  }

  find(id: string): OutsideRecord | 'pending' | undefined {
    for (const { records } of this.#watchers) {
      const record = records.get(id);
      if (record !== undefined) return record;
    }
    if (!this.#waits) return undefined;
    const asked = this.#asked.get(id) ?? this.#ask(id);
    const isPending = this.#watchers.some((watcher, index) => watcher.isPending(asked[index] ?? 0));
    return isPending ? 'pending' : undefined;
  }

  retain(ids: ReadonlySet<string>): void {
    for (const id of this.#asked.keys()) if (!ids.has(id)) this.#asked.delete(id);
  }

  #ask(id: string): readonly number[] {
    const begun = this.#watchers.map((watcher) => watcher.begun);
    this.#asked.set(id, begun);
    for (const oldest of this.#asked.keys()) {
      if (this.#asked.size <= MAX_ASKED) break;
      this.#asked.delete(oldest);
    }
    for (const watcher of this.#watchers) watcher.requestList();
    return begun;
  }

  /** Starts. Resolves after the first list of each, complete or failed. */
  async start(): Promise<void> {
    await Promise.all(this.#watchers.map((watcher) => watcher.start()));
  }

  /** Stops. Resolves when no request or timer is pending. */
  async stop(): Promise<void> {
    await Promise.all(this.#watchers.map((watcher) => watcher.stop()));
  }
}

export interface EnginesOptions extends ContainerLabels {
  readonly engineSockets: readonly string[];
  /** Whether there is only one scrape. */
  readonly once: boolean;
  readonly log: Log;
}

/** The engines that listen on `engineSockets`; `undefined` if there are none. */
export function openEngines({ engineSockets, once, ...options }: EnginesOptions): Engines | undefined {
  if (engineSockets.length === 0) return undefined;
  const watchers = engineSockets.map(
    (socket) => new EngineWatcher({ ...options, api: engineApi(socket), clock: systemClock, random: Math.random }),
  );
  return new Engines(watchers, { waits: !once });
}

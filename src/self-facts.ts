import type { CheckResult } from './checks/check.ts';

/** What a finished scrape reports about itself. */
export interface ScrapeFacts {
  readonly seconds: number;
  readonly errors: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** What a response reports about the scrape that it was made from. */
export interface AnswerFacts {
  readonly outcomes: readonly { readonly collector: string; readonly seconds?: number; readonly success: boolean }[];
  readonly series: ReadonlyMap<string, number>;
  readonly cgroups: Readonly<Record<string, number>>;
  /** Pods and containers that run according to their status and have no cgroup; absent where pods are not known. */
  readonly missing?: { readonly pods: number; readonly containers: number };
}

/** What is asked of the other parts whenever the self-metrics are read. */
export interface SelfReadings {
  readonly pods: () => {
    readonly indexed: number;
    readonly skippedMetadata: number;
    readonly status: {
      readonly synced: boolean;
      readonly lastListSeconds?: number;
      readonly lastEventSeconds?: number;
      readonly restarts: ReadonlyMap<string, number>;
    };
  };
  /** The container engines; none if none is configured. */
  readonly engines: () => readonly {
    readonly socket: string;
    readonly isSynced: boolean;
    readonly containers: number;
  }[];
  readonly descriptors: () => number;
  readonly stuckMounts: () => number;
  /** Number of events by type, and of pods whose containers were never seen; absent if events are disabled. */
  readonly events?: () => { readonly counts: ReadonlyMap<string, number>; readonly unseenPods: number };
  readonly checks: () => readonly Pick<CheckResult, 'id' | 'state'>[];
}

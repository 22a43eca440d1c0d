import type { Clock } from '../base/clock.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { Check, CheckFacts, CheckResult } from './check.ts';
import { allChecks } from './index.ts';
import { LastCollection } from './last-collection.ts';

/** Milliseconds for which results are returned again. */
const MAX_AGE_MS = 60_000;

/** Seconds for which a cgroup without a pod, or a pod without a cgroup, may be one that is being made or removed. */
const GRACE_SECONDS = 60;

export interface ChecksParts extends Omit<
  CheckFacts,
  'collection' | 'now' | 'kubepods' | 'descriptors' | 'eventWatches' | 'engines'
> {
  readonly descriptors: () => CheckFacts['descriptors'];
  readonly eventWatches?: () => NonNullable<CheckFacts['eventWatches']>;
  readonly engines?: () => NonNullable<CheckFacts['engines']>;
  readonly clock: Clock;
  /** For how long a cgroup may be without a pod, or a pod without a cgroup, before a check fails; 60 by default. */
  readonly graceSeconds?: number;
}

/**
 * The checks of an exporter. Nothing is checked until the results are requested, which are then kept for a minute:
 * they rest on the last collection and on a few small files.
 */
export class Checks {
  readonly #parts: ChecksParts;
  readonly #collection: LastCollection;
  readonly #checks: readonly Check[];
  #results: readonly CheckResult[] = [];
  #expiresAt = Number.NEGATIVE_INFINITY;

  constructor(parts: ChecksParts) {
    const scope = parts.ownPod === undefined ? 'node' : 'pod';
    this.#parts = parts;
    this.#collection = new LastCollection(parts.graceSeconds ?? GRACE_SECONDS);
    this.#checks = allChecks.filter(({ scopes }) => scopes.includes(scope));
  }

  /** Takes a finished collection. */
  record(snapshot: Snapshot): void {
    this.#collection.record(snapshot);
  }

  /** The results, at most a minute old. */
  results(): readonly CheckResult[] {
    const now = this.#parts.clock.elapsed();
    if (now < this.#expiresAt) return this.#results;
    this.#expiresAt = now + MAX_AGE_MS;
    this.#results = this.evaluate();
    return this.#results;
  }

  /** The results of this moment. */
  evaluate(): readonly CheckResult[] {
    const { clock, descriptors, eventWatches, engines, ...parts } = this.#parts;
    const collection = this.#collection;
    const kubepods = collection.time === undefined ? parts.node.tree.walk().kubepodsRoots : collection.kubepods;
    const facts = { ...parts, collection, kubepods, descriptors: descriptors(), now: clock.time() };
    const watched = eventWatches === undefined ? {} : { eventWatches: eventWatches() };
    const named = engines === undefined ? {} : { engines: engines() };
    const all = { ...facts, ...watched, ...named };
    return this.#checks.map(({ id, find }) => ({ id, ...find(all) }));
  }
}

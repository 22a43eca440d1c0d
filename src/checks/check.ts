import type { OpenNode } from '../collect/open-node.ts';
import type { EngineStatus } from '../engine/engines.ts';
import type { DownwardApiFields } from '../pods/downward-api.ts';
import type { PodSource } from '../pods/pod-source.ts';
import type { LastCollection } from './last-collection.ts';

/** `skipped`: does not apply here, or cannot be decided yet. */
export type CheckState = 'ok' | 'failed' | 'skipped';

/** What to do about a finding. */
export interface Remedy {
  readonly text: string;
  /** The part of a manifest to apply or change. */
  readonly yaml?: string;
}

/** What a check found. */
export interface Finding {
  readonly state: CheckState;
  /** What was seen: one line without a full stop. */
  readonly seen: string;
  /** What is missing as a consequence. */
  readonly effect?: string;
  readonly remedy?: Remedy;
}

/** What a check found, under the name of the check. */
export interface CheckResult extends Finding {
  readonly id: string;
}

/** A condition that the exporter needs to see something. */
export interface Check {
  /** Value of the label `check`, and a heading of docs/checks.md. */
  readonly id: string;
  /** What is checked, as a sentence. */
  readonly about: string;
  /** When it fails, as a sentence. */
  readonly fails: string;
  /** Scopes in which it exists. */
  readonly scopes: readonly ('node' | 'pod')[];
  /** What may be advised. */
  readonly remedies: readonly Remedy[];
  readonly find: (facts: CheckFacts) => Finding;
}

/** What checks decide by. */
export interface CheckFacts {
  readonly version: string;
  readonly paths: {
    readonly procfs: string;
    readonly sysfs: string;
    readonly rootfs: string;
    readonly kubelet: string;
  };
  /** Names of the enabled collectors. */
  readonly collectors: ReadonlySet<string>;
  readonly node: OpenNode;
  readonly source: PodSource;
  /** With `--scope=pod`: what is known of the pod. */
  readonly ownPod?: DownwardApiFields;
  readonly descriptors: DescriptorUse;
  /** inotify watches of events, and pods whose containers were never seen; absent if events are disabled. */
  readonly eventWatches?: {
    readonly watches: number;
    readonly exhausted: string | undefined;
    readonly unseenPods: number;
  };
  /** The container engines of `--containers`. */
  readonly engines?: readonly EngineStatus[];
  /** Paths of the kubepods cgroups. */
  readonly kubepods: readonly string[];
  readonly collection: LastCollection;
  /** Unix seconds. */
  readonly now: number;
}

/** The cache of file descriptors. */
export interface DescriptorUse {
  readonly cached: number;
  /** The value of `--max-descriptors`. */
  readonly configured: number;
  /** What the limit of the process leaves of it. */
  readonly allowed: number;
}

/** A finding without a problem. */
export function ok(seen: string): Finding {
  return { state: 'ok', seen };
}

/** A problem and what to do about it. */
export function failed(seen: string, remedy: Remedy, effect?: string): Finding {
  return { state: 'failed', seen, remedy, ...(effect === undefined ? {} : { effect }) };
}

/** A check that does not apply; with what is missing, and how to get it, if that may be wanted. */
export function skipped(seen: string, more: Pick<Finding, 'effect' | 'remedy'> = {}): Finding {
  return { state: 'skipped', seen, ...more };
}

import { isDeepStrictEqual } from 'node:util';
import { readContainers } from './containers.ts';
import type { PodRecord } from '../pod.ts';
import { field, isObject, present, text, unixSeconds } from '../../base/untrusted-json.ts';
import { readVolumes } from './volumes.ts';
import { resolveWorkload } from './workload.ts';

/** Which labels and annotations of a pod are kept; the element `*` stands for all. */
export interface PodRecordOptions {
  readonly podLabels: readonly string[];
  readonly podAnnotations: readonly string[];
}

/** One object for all pods of which nothing is kept, as is usual. */
const NOTHING: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Reads a pod as the API server gives it. `previous` is the record of the same pod from before: OOM kills are
 * counted on from it, and it is itself returned if nothing that is kept of the pod has changed.
 * `undefined` for what is not a pod with a UID, a namespace and a name; never throws.
 */
export function toPodRecord(pod: unknown, options: PodRecordOptions, previous?: PodRecord): PodRecord | undefined {
  const identity = identityOf(field(pod, 'metadata'));
  if (identity === undefined) return undefined;
  const known = previous?.uid === identity.uid ? previous : undefined;
  const record: PodRecord = present({
    ...identity,
    ...description(field(pod, 'metadata'), options),
    ...placement(field(pod, 'spec'), field(pod, 'status')),
    volumes: readVolumes(identity.name, field(pod, 'spec')),
    containers: readContainers(pod, known?.containers ?? []),
  });
  return known !== undefined && isDeepStrictEqual(known, record) ? known : record;
}

/** Whether an object of the API server has what every pod has: a UID, a namespace and a name. */
export function isPod(pod: unknown): boolean {
  return identityOf(field(pod, 'metadata')) !== undefined;
}

/** `metadata.uid` of a pod as the API server gives it. */
export function podUid(pod: unknown): string | undefined {
  return text(field(field(pod, 'metadata'), 'uid'));
}

function identityOf(metadata: unknown): Pick<PodRecord, 'uid' | 'namespace' | 'name'> | undefined {
  const uid = text(field(metadata, 'uid'));
  const namespace = text(field(metadata, 'namespace'));
  const name = text(field(metadata, 'name'));
  if (uid === undefined || namespace === undefined || name === undefined) return undefined;
  return { uid, namespace, name };
}

function description(metadata: unknown, { podLabels, podAnnotations }: PodRecordOptions) {
  const workload = resolveWorkload(metadata);
  return {
    configHash: configHash(field(metadata, 'annotations')),
    workloadKind: workload?.kind,
    workload: workload?.name,
    labels: allowed(field(metadata, 'labels'), podLabels),
    annotations: allowed(field(metadata, 'annotations'), podAnnotations),
  };
}

function placement(spec: unknown, status: unknown) {
  return {
    node: text(field(spec, 'nodeName')),
    hostNetwork: field(spec, 'hostNetwork') === true,
    runtimeClass: text(field(spec, 'runtimeClassName')),
    priorityClass: text(field(spec, 'priorityClassName')),
    qosClass: text(field(status, 'qosClass')),
    hostIp: text(field(status, 'hostIP')),
    podIp: text(field(status, 'podIP')),
    startTime: unixSeconds(field(status, 'startTime')),
  };
}

/** The kubelet names a static pod's cgroup by this hash; on its own pods it writes the one, on mirror pods both. */
function configHash(annotations: unknown): string | undefined {
  return (
    text(field(annotations, 'kubernetes.io/config.hash')) ?? text(field(annotations, 'kubernetes.io/config.mirror'))
  );
}

function allowed(values: unknown, names: readonly string[]): Readonly<Record<string, string>> {
  if (names.length === 0 || !isObject(values)) return NOTHING;
  const kept = names.includes('*') ? Object.keys(values) : names;
  const entries = kept.flatMap((name) => {
    const value = field(values, name);
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return entries.length === 0 ? NOTHING : Object.fromEntries(entries);
}

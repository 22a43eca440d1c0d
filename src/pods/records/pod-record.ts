import { isDeepStrictEqual } from 'node:util';
import { readContainers } from './containers.ts';
import type { PodRecord } from '../pod.ts';
import { field, isObject, present, text, unixSeconds } from '../../base/untrusted-json.ts';
import { readVolumes } from './volumes.ts';
import { resolveWorkload } from './workload.ts';

/** Allow-lists of labels and annotations; `*` allows all. */
export interface PodRecordOptions {
  readonly podLabels: readonly string[];
  readonly podAnnotations: readonly string[];
}

/** Shared by all pods without allowed labels or annotations, which is the common case. */
const EMPTY: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Converts a pod object of the API to a record. `previous` is the last record of the same pod: OOM kill counts continue
 * from it, and it is returned itself if no field has changed.
 * Returns `undefined` for an object without UID, namespace and name. Never throws.
 */
export function toPodRecord(pod: unknown, options: PodRecordOptions, previous?: PodRecord): PodRecord | undefined {
  const identity = identityOf(field(pod, 'metadata'));
  if (identity === undefined) return undefined;
  const last = previous?.uid === identity.uid ? previous : undefined;
  const record: PodRecord = present({
    ...identity,
    ...metadataFields(field(pod, 'metadata'), options),
    ...specAndStatusFields(field(pod, 'spec'), field(pod, 'status')),
    volumes: readVolumes(identity.name, field(pod, 'spec')),
    containers: readContainers(pod, last?.containers ?? []),
  });
  return last !== undefined && isDeepStrictEqual(last, record) ? last : record;
}

/** Whether an object has a UID, a namespace and a name. */
export function isPod(pod: unknown): boolean {
  return identityOf(field(pod, 'metadata')) !== undefined;
}

/** Returns `metadata.uid` of a pod object. */
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

function metadataFields(metadata: unknown, { podLabels, podAnnotations }: PodRecordOptions) {
  const workload = resolveWorkload(metadata);
  return {
    configHash: configHash(field(metadata, 'annotations')),
    workloadKind: workload?.kind,
    workload: workload?.name,
    labels: filterAllowed(field(metadata, 'labels'), podLabels),
    annotations: filterAllowed(field(metadata, 'annotations'), podAnnotations),
  };
}

function specAndStatusFields(spec: unknown, status: unknown) {
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

/**
 * The kubelet uses this hash as the UID in the cgroup name of a static pod. Pods listed by the kubelet have only
 * `config.hash`, mirror pods have both annotations.
 */
function configHash(annotations: unknown): string | undefined {
  return (
    text(field(annotations, 'kubernetes.io/config.hash')) ?? text(field(annotations, 'kubernetes.io/config.mirror'))
  );
}

function filterAllowed(values: unknown, allowList: readonly string[]): Readonly<Record<string, string>> {
  if (allowList.length === 0 || !isObject(values)) return EMPTY;
  const names = allowList.includes('*') ? Object.keys(values) : allowList;
  const entries = names.flatMap((name) => {
    const value = field(values, name);
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return entries.length === 0 ? EMPTY : Object.fromEntries(entries);
}

import { isDeepStrictEqual } from 'node:util';
import { readContainers } from './containers.ts';
import type { PodRecord } from '../pod.ts';
import { field, list, present, text, unixSeconds } from '../../base/untrusted-json.ts';
import { exportMetadata, METADATA_LIMITS, type MetadataLimits } from './exported-metadata.ts';
import { readPodResources } from './pod-resources.ts';
import { readVolumes } from './volumes.ts';
import { resolveWorkload } from './workload.ts';

/** Allow-lists of labels and annotations; `*` allows all. */
export interface PodRecordOptions {
  readonly podLabels: readonly string[];
  readonly podAnnotations: readonly string[];
  /** {@link METADATA_LIMITS} by default. */
  readonly metadataLimits?: MetadataLimits | undefined;
}

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
    configHash: configHash(field(pod, 'metadata'), field(field(pod, 'spec'), 'nodeName')),
    unprovenConfigHash: unprovenConfigHash(field(pod, 'metadata')),
    ...specAndStatusFields(field(pod, 'spec'), field(pod, 'status')),
    resources: readPodResources(pod),
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

function metadataFields(metadata: unknown, options: PodRecordOptions) {
  const { maxKeys, maxBytes } = options.metadataLimits ?? METADATA_LIMITS;
  const workload = resolveWorkload(metadata);
  const labels = exportMetadata(field(metadata, 'labels'), options.podLabels, { maxKeys, maxBytes });
  const rest = { maxKeys, maxBytes: maxBytes - labels.bytes };
  const annotations = exportMetadata(field(metadata, 'annotations'), options.podAnnotations, rest);
  const skipped = labels.skipped + annotations.skipped;
  return {
    workloadKind: workload?.kind,
    workload: workload?.name,
    labels: labels.values,
    annotations: annotations.values,
    metadataBytes: labels.bytes + annotations.bytes || undefined,
    skippedMetadata: skipped || undefined,
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
 * The kubelet uses this hash as the UID in the cgroup name of a static pod. A pod listed by the kubelet has it as its UID
 * as well; a mirror pod has a UID of its own and belongs to its Node. The annotations alone prove nothing, because every
 * user who may create pods can set them: https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/
 */
function configHash(metadata: unknown, nodeName: unknown): string | undefined {
  const annotations = field(metadata, 'annotations');
  const hash = text(field(annotations, 'kubernetes.io/config.hash'));
  if (hash !== undefined && hash === field(metadata, 'uid')) return hash;
  return isOwnedByNode(metadata, nodeName) ? text(field(annotations, 'kubernetes.io/config.mirror')) : undefined;
}

/** The hash that a mirror pod without any owner has, as in lists that were edited. It only names what has no other name. */
function unprovenConfigHash(metadata: unknown): string | undefined {
  if (list(field(metadata, 'ownerReferences')).length > 0) return undefined;
  const annotations = field(metadata, 'annotations');
  const hash = text(field(annotations, 'kubernetes.io/config.mirror'));
  const isMirror = hash === field(annotations, 'kubernetes.io/config.hash') && hash !== field(metadata, 'uid');
  const source = text(field(annotations, 'kubernetes.io/config.source'));
  return isMirror && (source === 'file' || source === 'http') ? hash : undefined;
}

function isOwnedByNode(metadata: unknown, nodeName: unknown): boolean {
  return list(field(metadata, 'ownerReferences')).some(
    (owner) =>
      field(owner, 'apiVersion') === 'v1' &&
      field(owner, 'kind') === 'Node' &&
      text(nodeName) !== undefined &&
      field(owner, 'name') === nodeName,
  );
}

import type { PodRecord } from './pod.ts';
import { present } from '../base/untrusted-json.ts';

/**
 * Fields of the exporter's own pod from the downward API; absent unless the pod specification maps them.
 *
 * https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
 */
export interface DownwardApiFields {
  /** `metadata.uid`; the config hash for a static pod. */
  readonly uid?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly node?: string;
  readonly podIp?: string;
  readonly hostIp?: string;
}

/** `metadata.namespace` and `metadata.name`. */
export type NamespacedName = Required<Pick<DownwardApiFields, 'namespace' | 'name'>>;

/** Namespace and name of the pod; `undefined` unless both are set. */
export function namespacedName({ namespace, name }: DownwardApiFields): NamespacedName | undefined {
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/**
 * Builds the record of the exporter's own pod from the downward API, without containers. The pod uses the host network
 * if its IP address is that of the node. `cgroupUid` is the UID in the name of the pod's cgroup.
 * Returns `undefined` unless namespace and name are set.
 */
export function recordFromDownwardApi(facts: DownwardApiFields, cgroupUid: string): PodRecord | undefined {
  const named = namespacedName(facts);
  if (named === undefined) return undefined;
  const { uid = cgroupUid, node, podIp, hostIp } = facts;
  const hostNetwork = podIp === undefined || hostIp === undefined ? undefined : podIp === hostIp;
  return present({ ...named, uid, node, podIp, hostIp, hostNetwork, labels: {}, annotations: {}, containers: [] });
}

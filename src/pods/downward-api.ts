import type { PodRecord } from './pod.ts';
import { present } from '../base/untrusted-json.ts';

/**
 * What a pod is told of itself by the downward API, each only if it was mapped.
 *
 * https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
 */
export interface DownwardApiFields {
  /** `metadata.uid`; of a static pod its config hash. */
  readonly uid?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly node?: string;
  readonly podIp?: string;
  readonly hostIp?: string;
}

/** `metadata.namespace` and `metadata.name`. */
export type NamespacedName = Required<Pick<DownwardApiFields, 'namespace' | 'name'>>;

/** Full name of the pod; `undefined` unless both parts are known. */
export function namespacedName({ namespace, name }: DownwardApiFields): NamespacedName | undefined {
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/**
 * The record of the pod that we run in, with what the downward API tells and nothing else: no containers. A pod whose
 * address is the node's has the node's network. `cgroupUid` is the UID that its cgroup carries.
 * `undefined` if the pod's name is not known.
 */
export function recordFromDownwardApi(facts: DownwardApiFields, cgroupUid: string): PodRecord | undefined {
  const named = namespacedName(facts);
  if (named === undefined) return undefined;
  const { uid = cgroupUid, node, podIp, hostIp } = facts;
  const hostNetwork = podIp === undefined || hostIp === undefined ? undefined : podIp === hostIp;
  return present({ ...named, uid, node, podIp, hostIp, hostNetwork, labels: {}, annotations: {}, containers: [] });
}

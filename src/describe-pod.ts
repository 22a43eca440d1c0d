import type { Log } from './base/log.ts';
import { recordFromDownwardApi, type DownwardApiFields } from './pods/downward-api.ts';
import type { PodRecord } from './pods/pod.ts';
import type { PodSource } from './pods/pod-source.ts';
import type { OpenNode } from './collect/open-node.ts';

/** Logs in one line what was found of the pod in which the exporter runs, what is missing, and how to provide it. */
export function describePod(node: OpenNode, own: DownwardApiFields, source: PodSource, log: Log): void {
  const [pod] = node.tree.walk().pods;
  if (pod === undefined) {
    log.warn('the cgroup of this pod no longer exists', { cgroups: node.hierarchies.mode });
    return;
  }
  const record = source.index.find(pod.uid) ?? recordFromDownwardApi(own, pod.uid);
  const missing = [...missingNumbers(node), ...missingNames(record, pod.path !== '', source)];
  log.info('found', {
    scope: 'pod',
    ...(record === undefined ? {} : { namespace: record.namespace, pod: record.name }),
    uid: pod.uid,
    cgroups: node.hierarchies.mode,
    cgroup: pod.path || 'none',
    containers_and_sandbox: pod.containers.length,
    network: networkOf(record),
    pods_source: source.name,
    ...(missing.length === 0 ? {} : { missing: missing.join('; ') }),
  });
}

function networkOf(record: PodRecord | undefined): string {
  return record?.hostNetwork === true ? 'none, the pod uses the network of the node' : 'own';
}

function missingNumbers({ hierarchies, missingReason }: OpenNode): readonly string[] {
  if (missingReason !== undefined) {
    const remedy = 'mount /sys/fs/cgroup of the node (hostPath, read-only) and set --path.cgroup';
    return [`only network metrics (${missingReason}): ${remedy}`];
  }
  return hierarchies.mode === 'v1' ? ['no cgroup v2 mount: no pressure metrics'] : [];
}

function missingNames(record: PodRecord | undefined, hasCgroup: boolean, source: PodSource): readonly string[] {
  if (record === undefined) return ['no name of this pod, it is named by its UID: set POD_NAMESPACE and POD_NAME'];
  const missing: string[] = [];
  if (hasCgroup && record.containers.length === 0) {
    missing.push(`no names of containers (${whyNameless(source)}): they are named by their short IDs`);
  }
  if (record.hostNetwork === undefined) {
    missing.push('unknown whether this pod uses the network of the node, assumed not: set POD_IP and HOST_IP');
  }
  return missing;
}

function whyNameless({ name, reason }: PodSource): string {
  if (name === 'none') return reason ?? '--pods=none';
  if (name === 'api') return 'the API server has not listed this pod, which requires a Role to list and watch pods';
  return `--pods=${name} does not have this pod`;
}

import type { Log } from './base/log.ts';
import { recordFromDownwardApi, type DownwardApiFields } from './pods/downward-api.ts';
import type { PodRecord } from './pods/pod.ts';
import type { PodSource } from './pods/pod-source.ts';
import type { OpenNode } from './collect/open-node.ts';

/** Says in one line what is seen of the pod that this runs in, what is not, and what would give it. */
export function describePod(node: OpenNode, own: DownwardApiFields, source: PodSource, log: Log): void {
  const [pod] = node.tree.walk().pods;
  if (pod === undefined) {
    log.warn('the cgroup of this pod has vanished', { cgroups: node.hierarchies.mode });
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
  return record?.hostNetwork === true ? "none, the pod has the node's" : 'own';
}

function missingNumbers({ hierarchies, missingReason }: OpenNode): readonly string[] {
  if (missingReason !== undefined) {
    const remedy = 'mount /sys/fs/cgroup of the node (hostPath, read-only) and tell where by --path.cgroup';
    return [`no numbers but those of the network (${missingReason}): ${remedy}`];
  }
  return hierarchies.mode === 'v1' ? ['no cgroup v2 mount, so no pressure'] : [];
}

function missingNames(record: PodRecord | undefined, hasCgroup: boolean, source: PodSource): readonly string[] {
  if (record === undefined) return ['no name of this pod, so it is called by its UID: set POD_NAMESPACE and POD_NAME'];
  const missing: string[] = [];
  if (hasCgroup && record.containers.length === 0) {
    missing.push(`no names of containers (${whyNameless(source)}), so they are called by their short IDs`);
  }
  if (record.hostNetwork === undefined) {
    missing.push("not known whether this pod has the node's network, taken for its own: set POD_IP and HOST_IP");
  }
  return missing;
}

function whyNameless({ name, reason }: PodSource): string {
  if (name === 'none') return reason ?? '--pods=none';
  if (name === 'api')
    return 'the API server has not listed this pod, for which a Role to list and watch pods is needed';
  return `--pods=${name} does not have this pod`;
}

import type { PodCgroup } from '../node/cgroup-tree.ts';
import { recordFromDownwardApi } from '../pods/downward-api.ts';
import type { PodRecord } from '../pods/pod.ts';
import type { PodSource } from '../pods/pod-source.ts';
import { failed, ok, skipped, type Check, type CheckFacts, type Finding, type Remedy } from './check.ts';

const MOUNT_CGROUPS: Remedy = {
  text: 'mount /sys/fs/cgroup of the node (hostPath, read-only) and set --path.cgroup',
  yaml: `volumeMounts:
  - { name: cgroup, mountPath: /host/sys/fs/cgroup, readOnly: true }
volumes:
  - { name: cgroup, hostPath: { path: /sys/fs/cgroup, type: Directory } }`,
};

const NAME_POD: Remedy = {
  text: 'set POD_NAMESPACE and POD_NAME',
  yaml: `env:
  - { name: POD_NAMESPACE, valueFrom: { fieldRef: { fieldPath: metadata.namespace } } }
  - { name: POD_NAME, valueFrom: { fieldRef: { fieldPath: metadata.name } } }`,
};

const SET_ADDRESSES: Remedy = {
  text: 'set POD_IP and HOST_IP',
  yaml: `env:
  - { name: POD_IP, valueFrom: { fieldRef: { fieldPath: status.podIP } } }
  - { name: HOST_IP, valueFrom: { fieldRef: { fieldPath: status.hostIP } } }`,
};

const LIST_POD: Remedy = {
  text: 'give the service account of the pod a Role to list and watch pods, and mount its token (docs/sidecar.md)',
  yaml: `kind: Role
rules:
  - { apiGroups: [''], resources: [pods], verbs: [list, watch] }`,
};

/** The pod that the exporter runs in, as far as its cgroup and its record are known. */
export interface OwnPod {
  readonly cgroup: PodCgroup | undefined;
  readonly record: PodRecord | undefined;
}

/** Finds the exporter's own pod. */
export function ownPodOf({ node, source, ownPod = {} }: Pick<CheckFacts, 'node' | 'source' | 'ownPod'>): OwnPod {
  const [cgroup] = node.tree.walk().pods;
  if (cgroup === undefined) return { cgroup, record: undefined };
  return { cgroup, record: source.index.find(cgroup.uid) ?? recordFromDownwardApi(ownPod, cgroup.uid) };
}

const cgroup: Check = {
  id: 'own-cgroup',
  about: 'With `--scope=pod`: the cgroup of the pod is visible.',
  fails: 'It no longer exists. Without a mount of the cgroups it is skipped, and only network metrics exist.',
  scopes: ['pod'],
  remedies: [MOUNT_CGROUPS],
  find: (facts) => {
    const { missingReason, hierarchies } = facts.node;
    if (missingReason !== undefined) {
      return skipped(`only network metrics (${missingReason})`, { remedy: MOUNT_CGROUPS });
    }
    const found = ownPodOf(facts).cgroup;
    if (found === undefined) return failed('the cgroup of this pod no longer exists', MOUNT_CGROUPS);
    return ok(`cgroup ${hierarchies.mode}, ${found.path}`);
  },
};

const name: Check = {
  id: 'own-name',
  about: 'With `--scope=pod`: the name of the pod is known.',
  fails: 'It is not, and the label `pod` is the UID.',
  scopes: ['pod'],
  remedies: [NAME_POD],
  find: (facts) => {
    const { record } = ownPodOf(facts);
    if (record !== undefined) return ok(`${record.namespace}/${record.name}`);
    return failed('no name of this pod, it is named by its UID', NAME_POD);
  },
};

const containers: Check = {
  id: 'own-containers',
  about: 'With `--scope=pod`: the names of the containers are known.',
  fails: 'Never: without a source of names the containers are named by their short IDs.',
  scopes: ['pod'],
  remedies: [LIST_POD],
  find: (facts) =>
    ifNamed(facts, ({ cgroup: found, record }) => {
      if ((found?.path ?? '') === '') return skipped('no cgroup is visible');
      if (record.containers.length > 0) return ok(record.containers.map((each) => each.name).join(', '));
      const effect = 'they are named by their short IDs';
      return skipped(`no names of containers (${whyNameless(facts.source)})`, { effect, remedy: LIST_POD });
    }),
};

const network: Check = {
  id: 'own-network',
  about: 'With `--scope=pod`: it is known whether the pod uses the network of the node.',
  fails: 'It is unknown. The network is exported as if it were that of the pod.',
  scopes: ['pod'],
  remedies: [SET_ADDRESSES],
  find: (facts) =>
    ifNamed(facts, ({ record: { hostNetwork } }) => {
      if (hostNetwork === undefined) {
        return failed('unknown whether this pod uses the network of the node, assumed not', SET_ADDRESSES);
      }
      return ok(hostNetwork ? 'none, the pod uses the network of the node' : 'own');
    }),
};

function ifNamed(facts: CheckFacts, find: (pod: OwnPod & { readonly record: PodRecord }) => Finding): Finding {
  const pod = ownPodOf(facts);
  return pod.record === undefined ? skipped('the pod is not known') : find({ ...pod, record: pod.record });
}

function whyNameless({ name: source, reason }: PodSource): string {
  if (source === 'none') return reason ?? '--pods=none';
  if (source === 'api') return 'the API server has not listed this pod, which requires a Role to list and watch pods';
  return `--pods=${source} does not have this pod`;
}

/** Checks of the exporter's own pod. */
export const podChecks: readonly Check[] = [cgroup, name, containers, network];

import { missingCauses } from '../collect/missing-cgroups.ts';
import type { SourceFailure } from '../pods/pod-source.ts';
import { failed, ok, skipped, type Check, type CheckFacts, type Finding, type Remedy } from './check.ts';

/** The source lists every 8 to 12 minutes at the latest. */
const MAX_LIST_AGE_SECONDS = 1800;

/** A list of a node takes less than a second, that of a file with all pods of a cluster a few. */
const MAX_LIST_SECONDS = 5;

/** Seconds between two clocks; the header that is compared has whole seconds. */
const MAX_CLOCK_OFFSET_SECONDS = 5;

/** The ID of the check of the source. */
export const METADATA = 'pod-metadata';

/** The remedy where the source cannot be used. */
export const CREDENTIALS: Remedy = {
  text: 'mount the service account token and set NODE_NAME, or set --pods',
  yaml: `automountServiceAccountToken: true
env:
  - name: NODE_NAME
    valueFrom: { fieldRef: { fieldPath: spec.nodeName } }`,
};

const PERMIT_PODS: Remedy = {
  text: 'give the service account the right to list and watch pods (deploy/rbac.yaml), with --pods=kubelet to get nodes/pods',
  yaml: `kind: ClusterRole
rules:
  - { apiGroups: [''], resources: [pods], verbs: [list, watch] }
  # With --pods=kubelet:
  # - { apiGroups: [''], resources: [nodes/pods], verbs: [get] }`,
};

const RENEW_TOKEN: Remedy = {
  text: 'mount a valid token: check the clock of the node and the audience of a projected token',
};

const OPEN_NETWORK: Remedy = {
  text: 'permit egress to the server in the NetworkPolicy and firewalls, and check its address (--kubeconfig, --kubelet-url)',
};

const READ_LOG: Remedy = { text: 'correct what the cause names; the exporter retries by itself' };

const SLOW_SERVER: Remedy = {
  text: 'check the load of the server and the network to it; --kubelet-fallback lists the pods of the kubelet during an outage',
};

const UNKNOWN_PODS: Remedy = {
  text: 'wait for the next list; if it stays, another Kubernetes or a runtime without a kubelet made them (KNOWN_ISSUES.md)',
};

const MISSING_CGROUPS: Remedy = {
  text: 'mount the cgroup file systems of the node; in a virtual machine (Kata) only the sandbox has a cgroup; if the kubelet is down, the status is outdated',
};

const SET_CLOCK: Remedy = { text: 'synchronize the clock of the node (chrony, systemd-timesyncd)' };

const REMEDIES: readonly (readonly [RegExp, Remedy])[] = [
  [/^http_403$/, PERMIT_PODS],
  [/^(?:http_401|credentials)$/, RENEW_TOKEN],
  [/^(?:connection|idle|overdue|certificate)$/, OPEN_NETWORK],
];

function remedyOf({ reason }: SourceFailure): Remedy {
  return REMEDIES.find(([pattern]) => pattern.test(reason))?.[1] ?? READ_LOG;
}

const metadata: Check = {
  id: METADATA,
  about: 'Pods have names from the API server, the kubelet or a file.',
  fails: 'There are pods and no source of their names.',
  scopes: ['node'],
  remedies: [CREDENTIALS],
  find: ({ source: { name, reason, index }, kubepods }) => {
    if (name !== 'none') return ok(`--pods=${name}, ${index.size} pods`);
    const seen = `no pod metadata (${reason ?? '--pods=none'})`;
    const effect = 'pods are named by their UID';
    return reason === undefined || kubepods.length === 0
      ? skipped(seen, { effect })
      : failed(seen, CREDENTIALS, effect);
  },
};

const list: Check = {
  id: 'pod-list',
  about: 'The pods of this node can be listed.',
  fails: 'The last list failed, or none has succeeded for 30 minutes.',
  scopes: ['node', 'pod'],
  remedies: [PERMIT_PODS, RENEW_TOKEN, OPEN_NETWORK, READ_LOG],
  find: ({ source: { name, status, index }, now }) => {
    if (name === 'none') return skipped('no pod metadata source');
    const failure = status.failures?.list;
    if (failure !== undefined) return failed(`cannot list pods: ${failure.message}`, remedyOf(failure));
    const { lastListSeconds, listDurationSeconds } = status;
    if (lastListSeconds === undefined) return skipped('no list has finished yet');
    const age = Math.round(now - lastListSeconds);
    // A file is read when it changes.
    const isPolled = listDurationSeconds !== undefined;
    if (isPolled && age > MAX_LIST_AGE_SECONDS) return failed(`no list for ${age} s`, OPEN_NETWORK);
    return ok(`${index.size} pods, listed ${age} s ago`);
  },
};

const watch: Check = {
  id: 'pod-watch',
  about: 'The pods of this node can be watched.',
  fails: 'The last watch failed.',
  scopes: ['node', 'pod'],
  remedies: [PERMIT_PODS, RENEW_TOKEN, OPEN_NETWORK, READ_LOG],
  find: ({ source: { name, status }, now }) => {
    if (name !== 'api') return skipped('only --pods=api watches');
    const failure = status.failures?.watch;
    if (failure !== undefined) return failed(`cannot watch pods: ${failure.message}`, remedyOf(failure));
    if (status.lastEventSeconds === undefined) return skipped('no list has finished yet');
    return ok(`last list, event or bookmark ${Math.round(now - status.lastEventSeconds)} s ago`);
  },
};

const latency: Check = {
  id: 'pod-list-latency',
  about: `A list of pods takes at most ${MAX_LIST_SECONDS} s.`,
  fails: 'The last one took longer.',
  scopes: ['node', 'pod'],
  remedies: [SLOW_SERVER],
  find: ({ source: { status } }) => {
    const seconds = status.listDurationSeconds;
    if (seconds === undefined) return skipped('no list from a server');
    const seen = `the last list took ${seconds.toFixed(2)} s`;
    return seconds > MAX_LIST_SECONDS ? failed(seen, SLOW_SERVER) : ok(seen);
  },
};

const unmatched: Check = {
  id: 'cgroups-without-pod',
  about: 'Every cgroup of a pod or container belongs to a known pod.',
  fails: 'Some have belonged to none for a minute; they have no series.',
  scopes: ['node'],
  remedies: [UNKNOWN_PODS],
  find: ({ source, collection }) => {
    if (source.name === 'none') return skipped('no pod metadata source');
    if (collection.time === undefined) return skipped('nothing was collected yet');
    const count = collection.unmatched;
    return count === 0
      ? ok('every cgroup has a pod')
      : failed(`${count} cgroups of pods or containers belong to no known pod`, UNKNOWN_PODS, 'they have no series');
  },
};

const missing: Check = {
  id: 'pods-without-cgroup',
  about: 'Every running container, and its pod, has a cgroup.',
  fails: 'Some have had none for a minute according to their status.',
  scopes: ['node'],
  remedies: [MISSING_CGROUPS],
  find: findMissing,
};

function findMissing({ collection, kubepods, node }: CheckFacts): Finding {
  const lasting = collection.missing;
  if (lasting === undefined)
    return skipped(collection.time === undefined ? 'nothing was collected yet' : 'no pods are known');
  const [cause] = missingCauses(lasting, { directory: node.tree.directory, hasKubepods: kubepods.length > 0 });
  if (cause === undefined) return ok('every running container has a cgroup');
  const { count, example, cause: why, hint } = cause.fields;
  const pods = `${lasting.pods.length} pods and ${lasting.containers.length} containers`;
  const seen = `${pods} run without a cgroup; ${count} such as ${example}: ${why}`;
  return failed(seen, { text: String(hint) }, 'they have no series');
}

const clock: Check = {
  id: 'clock',
  about: 'The clocks of the node and of the API server agree.',
  fails: `They differ by more than ${MAX_CLOCK_OFFSET_SECONDS} s.`,
  scopes: ['node', 'pod'],
  remedies: [SET_CLOCK],
  find: ({ source: { status } }) => {
    const offset = status.clockOffsetSeconds;
    if (offset === undefined) return skipped('no API server to compare with');
    const seconds = Math.round(Math.abs(offset));
    const seen = `${seconds} s ${offset < 0 ? 'ahead of' : 'behind'} the API server`;
    return seconds > MAX_CLOCK_OFFSET_SECONDS ? failed(seen, SET_CLOCK) : ok(seen);
  },
};

/** Checks of the names of pods. */
export const nameChecks: readonly Check[] = [metadata, list, watch, latency, unmatched, missing, clock];

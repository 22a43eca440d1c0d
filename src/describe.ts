import type { Log } from './base/log.ts';
import type { CheckResult } from './checks/check.ts';
import { ownPodOf } from './checks/pod-checks.ts';
import type { Exporter } from './exporter.ts';
import type { PodSource } from './pods/pod-source.ts';

/** Logs in one line what was found, what is missing according to the checks, and why. */
export function describe(exporter: Exporter, source: PodSource, log: Log): void {
  const found = exporter.ownPod === undefined ? nodeFields(exporter) : podFields(exporter, source);
  if (found === undefined) {
    log.warn('the cgroup of this pod no longer exists', { cgroups: exporter.node.hierarchies.mode });
    return;
  }
  const missing = exporter.checks.evaluate().flatMap(missingText);
  log.info('found', {
    ...found,
    pods_source: source.name,
    ...(exporter.ownPod === undefined ? { pods_indexed: source.index.size } : {}),
    ...(missing.length === 0 ? {} : { missing: missing.join('; ') }),
  });
}

function nodeFields({ node: { hierarchies, tree } }: Exporter): object {
  const found = tree.walk();
  return {
    cgroups: hierarchies.mode,
    pods: found.pods.length,
    containers_and_sandboxes: found.pods.reduce((sum, pod) => sum + pod.containers.length, 0),
    containers_outside_pods: found.outside.length,
    slices: found.slices.length,
    kubepods: found.kubepodsRoots.join(',') || 'none',
  };
}

/** `undefined` if the cgroup of the pod no longer exists. */
function podFields({ node, ownPod = {} }: Exporter, source: PodSource): object | undefined {
  const { cgroup, record } = ownPodOf({ node, source, ownPod });
  if (cgroup === undefined) return undefined;
  return {
    scope: 'pod',
    ...(record === undefined ? {} : { namespace: record.namespace, pod: record.name }),
    uid: cgroup.uid,
    cgroups: node.hierarchies.mode,
    cgroup: cgroup.path || 'none',
    containers_and_sandbox: cgroup.containers.length,
    network: record?.hostNetwork === true ? 'none, the pod uses the network of the node' : 'own',
  };
}

/** A failed check, or one that does not apply and leaves something out. */
function missingText({ state, seen, effect, remedy }: CheckResult): readonly string[] {
  if (state === 'ok' || (effect ?? remedy) === undefined) return [];
  return [`${seen}: ${[effect, remedy?.text].filter((text) => text !== undefined).join(', ')}`];
}

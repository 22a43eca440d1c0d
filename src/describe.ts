import type { Log } from './base/log.ts';
import type { OpenNode } from './collect/open-node.ts';
import { describePod } from './describe-pod.ts';
import type { Exporter } from './exporter.ts';
import type { PodSource } from './pods/pod-source.ts';

/** Logs in one line what was found, what is missing, and why. */
export function describe({ node, ownPod }: Exporter, source: PodSource, log: Log): void {
  if (ownPod === undefined) describeNode(node, source, log);
  else describePod(node, ownPod, source, log);
}

function describeNode({ hierarchies, tree, missingControllers = [] }: OpenNode, source: PodSource, log: Log): void {
  const found = tree.walk();
  const missing: string[] = [];
  if (found.kubepodsRoots.length === 0)
    missing.push('no kubepods cgroup: slices, services and scopes are exported as cgroup_*');
  if (source.name === 'none')
    missing.push(`no pod metadata (${source.reason ?? '--pods=none'}): pods are named by their UID`);
  for (const { controller, cause, hint } of missingControllers)
    missing.push(`no ${controller} controller: ${cause}, ${hint}`);
  if (hierarchies.mode === 'v1') missing.push('no cgroup v2 mount: no pressure metrics');
  log.info('found', {
    cgroups: hierarchies.mode,
    pods: found.pods.length,
    containers_and_sandboxes: found.pods.reduce((sum, pod) => sum + pod.containers.length, 0),
    containers_outside_pods: found.outside.length,
    slices: found.slices.length,
    kubepods: found.kubepodsRoots.join(',') || 'none',
    pods_source: source.name,
    pods_indexed: source.index.size,
    ...(missing.length === 0 ? {} : { missing: missing.join('; ') }),
  });
}

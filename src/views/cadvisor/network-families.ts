import { TRAFFIC } from '../../metrics/interfaces.ts';
import type { FamilyName } from '../../metrics/index.ts';
import type { Family } from '../../metrics/row.ts';

/**
 * Traffic by interface: that of a pod in the series of its sandbox, that of a container outside of pods in its own, that
 * of the node in the series of the root.
 */
export interface CadvisorNetworkFamily extends Family {
  /** Source families in the snapshot. */
  readonly pod: FamilyName;
  readonly netns: FamilyName;
  readonly node: FamilyName;
}

/** Traffic under the kubelet's names. */
export const cadvisorNetwork: readonly CadvisorNetworkFamily[] = TRAFFIC.map(([name, , help]) => ({
  name: `container_network_${name}`,
  type: 'counter',
  help,
  by: ['interface'],
  pod: `pod_network_traffic_${name}`,
  netns: `container_network_traffic_${name}`,
  node: `node_network_${name}`,
}));

import { TRAFFIC } from '../../metrics/interfaces.ts';
import type { FamilyName } from '../../metrics/index.ts';
import type { Family } from '../../metrics/row.ts';

/** Traffic by interface: of a pod in the row of its sandbox, of the node in that of the root. */
export interface CadvisorNetworkFamily extends Family {
  /** The families of the snapshot that have the numbers. */
  readonly pod: FamilyName;
  readonly node: FamilyName;
}

/** Traffic under the kubelet's names. */
export const cadvisorNetwork: readonly CadvisorNetworkFamily[] = TRAFFIC.map(([name, , help]) => ({
  name: `container_network_${name}`,
  type: 'counter',
  help,
  by: ['interface'],
  pod: `pod_network_traffic_${name}`,
  node: `node_network_${name}`,
}));

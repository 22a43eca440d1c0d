import { TRAFFIC, trafficRows, type TrafficRow } from '../interfaces.ts';
import type { Family } from '../row.ts';

/** Traffic by interface: of a pod in the row of its sandbox, of the node in that of the root. */
export interface CadvisorNetworkFamily extends Family {
  /** The families of the snapshot that have the numbers. */
  readonly pod: TrafficRow<'pod_network_traffic'>['name'];
  readonly node: TrafficRow<'node_network'>['name'];
}

/** The collector `network` reads much more, and each of its files costs something for every pod. */
export const podTraffic = trafficRows('pod_network_traffic', 'net/dev');

/** Traffic as the kubelet calls it. */
export const cadvisorNetwork: readonly CadvisorNetworkFamily[] = TRAFFIC.map(([name, , help]) => ({
  name: `container_network_${name}`,
  type: 'counter',
  help,
  by: ['interface'],
  pod: `pod_network_traffic_${name}`,
  node: `node_network_${name}`,
}));

import { interfaces } from '../interfaces.ts';
import type { Family, NetworkRow } from '../row.ts';

/** Traffic by interface: of a pod in the row of its sandbox, of the node in that of the root. */
export interface CadvisorNetworkFamily extends Family {
  /** The families of the snapshot that have the numbers. */
  readonly pod: string;
  readonly node: string;
}

function trafficName({ name }: NetworkRow): string {
  return name.replace('pod_network', 'pod_network_traffic');
}

/** The collector `network` reads much more, and each of its files costs something for every pod. */
export const trafficRows: readonly NetworkRow[] = interfaces.map((row) => ({ ...row, name: trafficName(row) }));

/** Traffic as the kubelet calls it. */
export const cadvisorNetwork: readonly CadvisorNetworkFamily[] = interfaces.map((row) => ({
  ...row,
  name: row.name.replace(/^pod_/, 'container_'),
  pod: trafficName(row),
  node: row.name.replace(/^pod_/, 'node_'),
}));

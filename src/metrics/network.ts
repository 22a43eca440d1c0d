import { trafficRows } from './interfaces.ts';
import type { Collector } from './row.ts';
import { tcp } from './tcp.ts';
import { udp } from './udp.ts';

/** Read once per pod, in its network namespace. */
export const network = {
  name: 'network',
  about: 'Traffic of pods by interface, and TCP and UDP statistics.',
  enabled: true,
  network: [...trafficRows('pod_network', 'net/dev'), ...tcp, ...udp],
} as const satisfies Collector;

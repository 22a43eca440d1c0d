import { interfaces } from './interfaces.ts';
import type { Collector } from './row.ts';
import { tcp } from './tcp.ts';
import { udp } from './udp.ts';

/** Read once per pod, inside its network namespace. */
export const network: Collector = {
  name: 'network',
  about: 'Traffic of pods by interface, and the health of TCP and UDP.',
  enabled: true,
  network: [...interfaces, ...tcp, ...udp],
};

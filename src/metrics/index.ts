import { conntrack } from './conntrack.ts';
import { cpu } from './cpu.ts';
import { hugetlb } from './hugetlb.ts';
import { info } from './info.ts';
import { io } from './io.ts';
import { memory } from './memory.ts';
import { network } from './network.ts';
import { pids } from './pids.ts';
import { pressure } from './pressure.ts';
import type { Collector } from './row.ts';
import { sockets } from './sockets.ts';
import { state } from './state.ts';
import { tcpStates } from './tcp-states.ts';

/** Every collector, in the order in which they are read and exported. */
export const collectors: readonly Collector[] = [
  cpu,
  memory,
  io,
  pids,
  pressure,
  hugetlb,
  network,
  sockets,
  conntrack,
  tcpStates,
  info,
  state,
];

import { cadvisorCollectors } from './cadvisor/collectors.ts';
import { conntrack } from './conntrack.ts';
import { cpu } from './cpu.ts';
import { disk } from './disk.ts';
import { filesystem } from './filesystem.ts';
import { ephemeralStorage } from './ephemeral-storage.ts';
import { hugetlb } from './hugetlb.ts';
import { info } from './info.ts';
import { io } from './io.ts';
import { machine } from './machine.ts';
import { memory } from './memory.ts';
import { network } from './network.ts';
import { nodeCpu, nodeMemory, nodeNetwork, nodeState } from './node-totals.ts';
import { pids } from './pids.ts';
import { pressureAverages } from './pressure-averages.ts';
import { pressure } from './pressure.ts';
import type { Collector } from './row.ts';
import { sockets } from './sockets.ts';
import { state } from './state.ts';
import { tcpStates } from './tcp-states.ts';
import { volumes } from './volumes.ts';

/** Every collector of `/metrics`, in the order in which they are read and exported. */
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
  ephemeralStorage,
  info,
  state,
  machine,
  disk,
  filesystem,
  volumes,
];

/**
 * What only views beside `/metrics` want, read after the collectors and only when it is asked for. No flag switches
 * them, and `/metrics` has none of their series.
 */
export const viewCollectors: readonly Collector[] = [
  // Networks of pods tell whether the node's is to be seen, so that they come first.
  ...cadvisorCollectors,
  nodeCpu,
  nodeMemory,
  nodeState,
  nodeNetwork,
  pressureAverages,
];

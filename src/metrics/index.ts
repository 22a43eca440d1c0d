import { cadvisorCollectors } from './cadvisor/collectors.ts';
import { conntrack } from './conntrack.ts';
import { cpu } from './cpu.ts';
import { disk } from './disk.ts';
import { dmem } from './dmem.ts';
import { filesystem } from './filesystem.ts';
import { ephemeralStorage } from './ephemeral-storage.ts';
import { hugetlb } from './hugetlb.ts';
import { info } from './info.ts';
import { io } from './io.ts';
import { machine } from './machine.ts';
import { memory } from './memory.ts';
import { memoryEventsLocal } from './memory-events-local.ts';
import { misc } from './misc-controller.ts';
import { network } from './network.ts';
import { nodeCpu, nodeMemory, nodeNetwork, nodeState } from './node-totals.ts';
import { pids } from './pids.ts';
import { pressureAverages } from './pressure-averages.ts';
import { pressureIrq } from './pressure-irq.ts';
import { pressure } from './pressure.ts';
import { rdma } from './rdma.ts';
import type { Collector, Level } from './row.ts';
import { sockets } from './sockets.ts';
import { state } from './state.ts';
import { tcpStates } from './tcp-states.ts';
import { volumes } from './volumes.ts';
import { zswap } from './zswap.ts';

const shown = [
  cpu,
  memory,
  memoryEventsLocal,
  zswap,
  io,
  pids,
  pressure,
  pressureIrq,
  hugetlb,
  misc,
  rdma,
  dmem,
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
] as const;

const forViews = [
  // Networks of pods tell whether the node's is to be seen, so that they come first.
  ...cadvisorCollectors,
  nodeCpu,
  nodeMemory,
  nodeState,
  nodeNetwork,
  pressureAverages,
] as const;

/** A collector of this program. */
export interface KnownCollector extends Collector {
  readonly name: CollectorName;
}

/** Every collector of `/metrics`, in the order in which they are read and exported. */
export const collectors: readonly KnownCollector[] = shown;

/**
 * What only views beside `/metrics` want, read after the collectors and only when it is asked for. No flag switches
 * them, and `/metrics` has none of their series.
 */
export const viewCollectors: readonly KnownCollector[] = forViews;

type Known = (typeof shown)[number] | (typeof forViews)[number];

/** What the collectors are called, those of views included. */
export type CollectorName = Known['name'];

/** The rows of every collector in the list called `Kind`. */
type RowsIn<Kind extends string, C = Known> = C extends Readonly<Record<Kind, readonly (infer Row)[]>> ? Row : never;

type PerLevel<Row> = Row extends {
  readonly name: infer Name extends string;
  readonly levels: readonly (infer At extends string)[];
}
  ? `${At}_${Name}`
  : never;

/** What the families of a snapshot are called. */
export type FamilyName =
  | PerLevel<RowsIn<'cgroup'> | RowsIn<'processes'>>
  | RowsIn<'network'>['name']
  | RowsIn<'node'>['name']
  | RowsIn<'usage'>['name'];

type Behind<Prefix extends string, Name> = Name extends `${Prefix}_${infer Rest}` ? Rest : never;

/** What the rows at a level are called, without the level. */
export type RowName<L extends Level> = Behind<L, FamilyName>;

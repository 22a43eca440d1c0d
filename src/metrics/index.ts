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
import { nodeStart } from './node-start.ts';
import { nodeCpu, nodeMemory, nodeNetwork, nodeState } from './node-totals.ts';
import { pids } from './pids.ts';
import { pressureAverages } from './pressure-averages.ts';
import { pressureIrq } from './pressure-irq.ts';
import { pressure } from './pressure.ts';
import { rdma } from './rdma.ts';
import type { Collector, ContainerNetworkName, Level } from './row.ts';
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
  // Pod networks come first: they determine whether the network of the node is visible.
  ...cadvisorCollectors,
  nodeCpu,
  nodeMemory,
  nodeState,
  nodeStart,
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
 * Collectors of the views other than `/metrics`, read after the others and only if a view requests them. They have
 * no flags, and `/metrics` does not export their series.
 */
export const viewCollectors: readonly KnownCollector[] = forViews;

type Known = (typeof shown)[number] | (typeof forViews)[number];

/** Names of all collectors, including those of the views. */
export type CollectorName = Known['name'];

/** The rows of every collector in its list `Kind`. */
type RowsIn<Kind extends string, C = Known> = C extends Readonly<Record<Kind, readonly (infer Row)[]>> ? Row : never;

type PerLevel<Row> = Row extends {
  readonly name: infer Name extends string;
  readonly levels: readonly (infer At extends string)[];
}
  ? `${At}_${Name}`
  : never;

/** Names of the families of a snapshot. */
export type FamilyName =
  | PerLevel<RowsIn<'cgroup'> | RowsIn<'processes'>>
  | RowsIn<'network'>['name']
  | ContainerNetworkName<RowsIn<'network'>['name']>
  | RowsIn<'node'>['name']
  | RowsIn<'usage'>['name'];

type Behind<Prefix extends string, Name> = Name extends `${Prefix}_${infer Rest}` ? Rest : never;

/** Names of the rows of a level, without the level. */
export type RowName<L extends Level> = Behind<L, FamilyName>;

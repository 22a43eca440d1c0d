import { hardwareRows } from './machine.ts';
import { podTraffic } from './network.ts';
import { eventRows, ioRows, processRows, specRows } from './rows.ts';
import { cpu } from '../cpu.ts';
import { disk } from '../disk.ts';
import { filesystem } from '../filesystem.ts';
import { io } from '../io.ts';
import { machine } from '../machine.ts';
import { memory } from '../memory.ts';
import { nodeStart } from '../node-start.ts';
import { nodeCpu, nodeMemory, nodeNetwork, nodeState } from '../node-totals.ts';
import { pids } from '../pids.ts';
import { pressure } from '../pressure.ts';
import type { Collector } from '../row.ts';

/** The collectors that read containers and pods for every view. */
const shared = [cpu, memory, io, pids, pressure];

/** The rows that they have. */
export const sharedRows = [...cpu.cgroup, ...memory.cgroup, ...io.cgroup, ...pids.cgroup, ...pressure.cgroup];

/** Name of a row that every view shares, without the level. */
export type SharedRowName = (typeof sharedRows)[number]['name'];

/** The shared rows that families of `/metrics/cadvisor` are made of; of the others sandboxes are not read. */
export const REPEATED_ROWS: ReadonlySet<string> = new Set<SharedRowName>([
  'cpu_usage_seconds_total',
  'cpu_user_seconds_total',
  'cpu_system_seconds_total',
  'cpu_cfs_periods_total',
  'cpu_cfs_throttled_periods_total',
  'cpu_cfs_throttled_seconds_total',
  'cpu_cfs_burst_periods_total',
  'cpu_cfs_burst_seconds_total',
  'memory_usage_bytes',
  'memory_working_set_bytes',
  'memory_rss',
  'memory_cache',
  'memory_mapped_file',
  'memory_swap',
  'memory_kernel_bytes',
  'memory_max_usage_bytes',
  'memory_total_active_file_bytes',
  'memory_total_inactive_file_bytes',
  'memory_page_faults_total',
  'memory_major_page_faults_total',
  'memory_events_total',
  'memory_file_dirty_bytes',
  'memory_file_writeback_bytes',
  'memory_pgscan_total',
  'memory_pgsteal_total',
  'memory_refaults_total',
  'fs_reads_bytes_total',
  'fs_writes_bytes_total',
  'fs_reads_total',
  'fs_writes_total',
  'fs_discards_bytes_total',
  'processes',
  'threads',
  'pressure_cpu_waiting_seconds_total',
  'pressure_cpu_stalled_seconds_total',
  'pressure_memory_waiting_seconds_total',
  'pressure_memory_stalled_seconds_total',
  'pressure_io_waiting_seconds_total',
  'pressure_io_stalled_seconds_total',
  'cpu_shares',
  'cpu_weight',
]);

const ofNode = new Set<string>([...nodeCpu.cgroup, ...nodeMemory.cgroup].map(({ name }) => name));

/** Rows of containers and pods, for sandboxes and, unless another collector reads them, the cgroups of the node. */
const elsewhere = sharedRows
  .filter(({ name }) => REPEATED_ROWS.has(name))
  .map((row) => ({ ...row, levels: ofNode.has(row.name) ? (['sandbox'] as const) : (['sandbox', 'node'] as const) }));

/** Read only for `/metrics/cadvisor`. */
const cgroups = {
  name: 'cadvisor-cgroups',
  about: 'Sandboxes, the cgroups above pods, and cgroup limits.',
  enabled: true,
  root: true,
  cgroup: [...elsewhere, ...specRows, ...eventRows, ...ioRows],
} as const satisfies Collector;

const processes = {
  name: 'cadvisor-processes',
  about: 'Open descriptors and sockets of the processes in cgroups.',
  enabled: true,
  root: true,
  processes: processRows,
} as const satisfies Collector;

const traffic = {
  name: 'cadvisor-network',
  about: 'Network traffic of pods by interface.',
  enabled: true,
  network: podTraffic,
} as const satisfies Collector;

const hardware = {
  name: 'cadvisor-machine',
  about: 'Hardware and identity of the machine.',
  enabled: true,
  nodeWide: true,
  tables: hardwareRows,
} as const satisfies Collector;

/** The collectors that read the machine: for every view, and only for this one. */
export const MACHINE = machine.name;
export const MACHINE_ALONE = hardware.name;

/** Collectors that only `/metrics/cadvisor` uses. */
export const cadvisorCollectors = [cgroups, processes, traffic, hardware] as const satisfies readonly Collector[];

/** Names of all collectors that `/metrics/cadvisor` uses. */
export const cadvisorCollectorNames: ReadonlySet<string> = new Set(
  [
    ...shared,
    machine,
    disk,
    filesystem,
    nodeCpu,
    nodeMemory,
    nodeState,
    nodeStart,
    nodeNetwork,
    ...cadvisorCollectors,
  ].map(({ name }) => name),
);

import { cadvisorCpu } from './cpu.ts';
import type { CadvisorFamily } from './family.ts';
import { cadvisorIo } from './io.ts';
import { hardwareRows } from './machine.ts';
import { cadvisorMemory } from './memory.ts';
import { podTraffic } from './network.ts';
import { cadvisorProcesses } from './processes.ts';
import { eventRows, ioRows, processRows, specRows } from './rows.ts';
import { cadvisorSpec } from './spec.ts';
import { cpu } from '../cpu.ts';
import { disk } from '../disk.ts';
import { filesystem } from '../filesystem.ts';
import { io } from '../io.ts';
import { machine } from '../machine.ts';
import { memory } from '../memory.ts';
import { nodeCpu, nodeMemory, nodeNetwork, nodeState } from '../node-totals.ts';
import { pids } from '../pids.ts';
import { pressure } from '../pressure.ts';
import type { Collector } from '../row.ts';

/** Families of `/metrics/cadvisor` with a series for each cgroup, in the order in which they are written. */
export const cadvisorFamilies: readonly CadvisorFamily[] = [
  ...cadvisorCpu,
  ...cadvisorMemory,
  ...cadvisorIo,
  ...cadvisorProcesses,
  ...cadvisorSpec,
];

/** The collectors that read containers and pods for every view. */
const shared = [cpu, memory, io, pids, pressure];
const sharedRows = [...cpu.cgroup, ...memory.cgroup, ...io.cgroup, ...pids.cgroup, ...pressure.cgroup];

const wanted = new Set(cadvisorFamilies.flatMap(({ from }) => from.map(({ row }) => row)));
const ofNode = new Set<string>([...nodeCpu.cgroup, ...nodeMemory.cgroup].map(({ name }) => name));

/** The rows that containers and pods have, for sandboxes and, where nobody else reads them, the node's cgroups. */
const elsewhere = sharedRows
  .filter(({ name }) => wanted.has(name))
  .map((row) => ({ ...row, levels: ofNode.has(row.name) ? (['sandbox'] as const) : (['sandbox', 'node'] as const) }));

/** Read for `/metrics/cadvisor` alone. */
const cgroups = {
  name: 'cadvisor-cgroups',
  about: 'Sandboxes, the cgroups above pods, and limits as the kernel has them.',
  enabled: true,
  root: true,
  cgroup: [...elsewhere, ...specRows, ...eventRows, ...ioRows],
} as const satisfies Collector;

const processes = {
  name: 'cadvisor-processes',
  about: 'What the processes in cgroups have open.',
  enabled: true,
  root: true,
  processes: processRows,
} as const satisfies Collector;

const traffic = {
  name: 'cadvisor-network',
  about: 'Traffic of pods by interface, and nothing else of their networks.',
  enabled: true,
  network: podTraffic,
} as const satisfies Collector;

const hardware = {
  name: 'cadvisor-machine',
  about: 'What the machine is made of, and what it is told apart by.',
  enabled: true,
  nodeWide: true,
  tables: hardwareRows,
} as const satisfies Collector;

/** The collectors that read the machine: for every view, and for this one alone. */
export const MACHINE = machine.name;
export const MACHINE_ALONE = hardware.name;

/** What of `/metrics/cadvisor` no other view reads. */
export const cadvisorCollectors = [cgroups, processes, traffic, hardware] as const satisfies readonly Collector[];

/** Names of all collectors of which `/metrics/cadvisor` is made. */
export const cadvisorWanted: ReadonlySet<string> = new Set(
  [...shared, machine, disk, filesystem, nodeCpu, nodeMemory, nodeState, nodeNetwork, ...cadvisorCollectors].map(
    ({ name }) => name,
  ),
);

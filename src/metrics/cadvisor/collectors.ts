import { cadvisorCpu } from './cpu.ts';
import type { CadvisorFamily } from './family.ts';
import { cadvisorIo } from './io.ts';
import { hardwareRows } from './machine.ts';
import { cadvisorMemory } from './memory.ts';
import { trafficRows } from './network.ts';
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
import type { CgroupRow, Collector } from '../row.ts';

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

const wanted = new Set(cadvisorFamilies.flatMap(({ from }) => from.map(({ row }) => row)));
const ofNode = new Set([nodeCpu, nodeMemory].flatMap(({ cgroup = [] }) => cgroup.map(({ name }) => name)));

/** The rows that containers and pods have, for sandboxes and, where nobody else reads them, the node's cgroups. */
const elsewhere: readonly CgroupRow[] = shared
  .flatMap(({ cgroup = [] }) => cgroup)
  .filter(({ name }) => wanted.has(name))
  .map((row) => ({ ...row, levels: ofNode.has(row.name) ? ['sandbox'] : ['sandbox', 'node'] }));

/** Read for `/metrics/cadvisor` alone. */
const cgroups: Collector = {
  name: 'cadvisor-cgroups',
  about: 'Sandboxes, the cgroups above pods, and limits as the kernel has them.',
  enabled: true,
  root: true,
  cgroup: [...elsewhere, ...specRows, ...eventRows, ...ioRows],
};

const processes: Collector = {
  name: 'cadvisor-processes',
  about: 'What the processes in cgroups have open.',
  enabled: true,
  root: true,
  processes: processRows,
};

const traffic: Collector = {
  name: 'cadvisor-network',
  about: 'Traffic of pods by interface, and nothing else of their networks.',
  enabled: true,
  network: trafficRows,
};

const hardware: Collector = {
  name: 'cadvisor-machine',
  about: 'What the machine is made of, and what it is told apart by.',
  enabled: true,
  nodeWide: true,
  tables: hardwareRows,
};

/** The collectors that read the machine: for every view, and for this one alone. */
export const MACHINE = machine.name;
export const MACHINE_ALONE = hardware.name;

/** What of `/metrics/cadvisor` no other view reads. */
export const cadvisorCollectors: readonly Collector[] = [cgroups, processes, traffic, hardware];

/** Names of all collectors of which `/metrics/cadvisor` is made. */
export const cadvisorWanted: ReadonlySet<string> = new Set(
  [...shared, machine, disk, filesystem, nodeCpu, nodeMemory, nodeState, nodeNetwork, ...cadvisorCollectors].map(
    ({ name }) => name,
  ),
);

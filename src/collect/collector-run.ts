import { statSync } from 'node:fs';
import type { FileReader } from '../kernel/file-reader.ts';
import { LEVELS } from '../metrics/row.ts';
import { blockDeviceNames } from '../node/block-devices.ts';
import type { DiscoveredPod } from './discovery.ts';
import type { TimeSlice } from '../base/yielder.ts';
import type { CollectorPlan, FilePlan, Place, ProcessPlan } from '../plan/plan.ts';
import { fillColumns, readTarget, CgroupGone, type ReadingContext } from './read-target.ts';
import type { Deadline, ScrapeParts } from './parts.ts';
import type { SampleList, Snapshot } from '../snapshot/snapshot.ts';
import type { RetainedState, Target } from './target.ts';
import { fillUsage } from './usage-columns.ts';

export interface CollectorRunParts extends ScrapeParts {
  readonly snapshot: Snapshot;
  readonly collector: CollectorPlan;
  /** The pods at the positions of the snapshot's subjects. */
  readonly pods: readonly DiscoveredPod[];
}

const PLACES: readonly Place[] = [...LEVELS, 'network', 'machine'];

const LOOPBACK = 'lo';

const ROOT = '/';

/** One collector's part of one scrape; it is itself the context of the reading it is at. */
export class CollectorRun implements ReadingContext {
  readonly reader: FileReader;
  now = 0;
  readonly #parts: CollectorRunParts;
  #place: Place = 'container';
  #position = 0;
  /** The cgroup below each mount, or the process, that is being read. */
  #directory = '';
  #devices: ReadonlyMap<string, string> | undefined;

  constructor(parts: CollectorRunParts) {
    this.#parts = parts;
    this.reader = parts.reader;
  }

  /** False if the deadline passed before everything was read. */
  async run(pace: TimeSlice, deadline: Deadline): Promise<boolean> {
    const { collector, now } = this.#parts;
    this.#lookUp();
    for (const place of PLACES) {
      const processes = collector.processes.filter(({ level }) => level === place);
      if (collector.readings[place].files.length + processes.length === 0) continue;
      this.#place = place;
      const subjects = this.#subjects(place);
      for (this.#position = 0; this.#position < subjects.length; this.#position++) {
        if (pace.shouldYield) await pace.yield();
        this.now = now();
        if (this.now > deadline.at) return false;
        const target = subjects[this.#position] as Target;
        if (target.gone || (target.path === ROOT && !collector.root)) continue;
        this.#read(target);
        if (processes.length > 0) this.#lookAtProcesses(target, processes);
      }
    }
    return true;
  }

  #lookAtProcesses(target: Target, plans: readonly ProcessPlan[]): void {
    const { snapshot, processes } = this.#parts;
    const pids = processes.list(target.path);
    const columns = snapshot.columns(target.level);
    for (const { column, number } of plans) {
      const value = processes.read(number, { cgroup: target, pids, now: this.now });
      (columns[column] as Float64Array)[this.#position] = value;
    }
  }

  #lookUp(): void {
    const { collector, pods, snapshot, usage } = this.#parts;
    if (usage !== undefined && collector.usage.length > 0) fillUsage(collector.usage, usage, pods, snapshot);
  }

  #subjects(place: Place): readonly Target[] {
    const { subjects } = this.#parts.snapshot;
    if (place === 'network') return subjects.pod as Target[];
    // The node as a whole comes first.
    return (place === 'machine' ? subjects.node.slice(0, 1) : subjects[place]) as Target[];
  }

  #read(target: Target): void {
    const { collector, snapshot } = this.#parts;
    const plan = collector.readings[this.#place];
    const memory = this.#place === 'network' ? this.#enterNetwork() : this.#enterCgroup(target);
    if (memory === undefined) return;
    try {
      readTarget(plan, memory, this);
      fillColumns(plan, snapshot.columns(target.level), this.#position);
    } catch (error) {
      if (!(error instanceof CgroupGone)) throw error;
      // A process may end while its pod lives on: then only the network is missing.
      if (this.#place === 'network') return;
      target.gone = true;
      snapshot.blank(target.level, this.#position);
    }
  }

  #enterCgroup(target: Target): RetainedState {
    this.#directory = target.path;
    return target;
  }

  #enterNetwork(): RetainedState | undefined {
    const { networks, pods, procfs } = this.#parts;
    const pod = pods[this.#position] as DiscoveredPod;
    const pid = networks.process(pod);
    if (pid === undefined) return undefined;
    this.#directory = `${procfs}/${pid}`;
    return networks.memory(pod);
  }

  path(file: FilePlan, name: string): string | undefined {
    if (this.#place === 'network') return `${this.#directory}/${name}`;
    if (this.#place === 'machine') return this.#machinePath(name);
    return this.#parts.pathOf(file.controller, this.#directory, name);
  }

  #machinePath(name: string): string | undefined {
    const { networks, procfs } = this.#parts;
    return name.startsWith('1/') && !networks.seesNode ? undefined : `${procfs}/${name}`;
  }

  random(): number {
    return this.#parts.random();
  }

  fail(code: string): void {
    this.#parts.snapshot.fail(this.#parts.collector.name, code);
  }

  exists(): boolean {
    if (this.#place === 'machine') return true;
    const directory = this.#place === 'network' ? `${this.#directory}/net` : this.#parts.walked() + this.#directory;
    return statSync(directory, { throwIfNoEntry: false }) !== undefined;
  }

  holds(file: FilePlan): boolean {
    const directory = this.path(file, '');
    return directory !== undefined && statSync(directory, { throwIfNoEntry: false }) !== undefined;
  }

  row(file: FilePlan, name: string, numbers: Float64Array): void {
    const label = this.#nameOf(name);
    if (label === undefined) return;
    for (let index = 0; index < file.lists.length; index++) {
      const { list, divisor } = file.lists[index] as FilePlan['lists'][number];
      const value = numbers[index] as number;
      if (!Number.isFinite(value)) continue;
      const { subjects, names, values } = this.#parts.snapshot.lists[list] as SampleList;
      subjects.push(this.#position);
      names.push(label);
      values.push(value / divisor);
    }
  }

  #nameOf(row: string): string | undefined {
    if (this.#place !== 'network' && this.#place !== 'machine') return this.#device(row);
    if (row === LOOPBACK) return undefined;
    return this.#place === 'machine' || this.#parts.interfaces.test(row) ? row : undefined;
  }

  /** A device that the kernel no longer lists keeps its number for a name. */
  #device(number: string): string {
    this.#devices ??= blockDeviceNames(this.#parts.procfs);
    const name = this.#devices.get(number);
    if (name !== undefined) this.#parts.snapshot.devices.set(name, number);
    return name ?? number;
  }
}

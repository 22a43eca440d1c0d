import { statSync } from 'node:fs';
import type { FileReader } from '../kernel/file-reader.ts';
import { systemPath } from '../kernel/path-names.ts';
import { LEVELS } from '../metrics/row.ts';
import { readBlockDeviceNames } from '../node/block-devices.ts';
import type { Discovered, DiscoveredPod } from './discovered.ts';
import type { OutsideContainer } from '../node/outside-containers.ts';
import type { TimeSlice } from '../base/yielder.ts';
import type { CollectorPlan, FilePlan, ProcessPlan, ReadLevel } from '../plan/plan.ts';
import { fillColumns, readTarget, CgroupGone, type ReadingContext } from './read-target.ts';
import type { Deadline, ScrapeParts } from './parts.ts';
import type { SampleListBuilder, SnapshotBuilder } from '../snapshot/builder.ts';
import type { Subject } from '../snapshot/subject.ts';
import type { RetainedState, Target } from './target.ts';
import { DuplicateItems, reportDuplicate } from './duplicates.ts';
import { fillUsage } from './usage-columns.ts';

export interface CollectorRunParts extends ScrapeParts {
  readonly snapshot: SnapshotBuilder;
  readonly collector: CollectorPlan;
  readonly found: Discovered;
}

const READ_LEVELS: readonly ReadLevel[] = [...LEVELS, 'network', 'machine'];

const LOOPBACK = 'lo';

const ROOT = '/';

/** The path of a pod without a cgroup of its own; that of the root is '/'. */
const NO_CGROUP = '';

/** Reads one collector in one scrape. It is also the context of the target that is being read. */
export class CollectorRun implements ReadingContext {
  readonly reader: FileReader;
  now = 0;
  readonly #parts: CollectorRunParts;
  #level: ReadLevel = 'container';
  #position = 0;
  /** Path of the cgroup below each mount, or directory of the process, that is being read. */
  #directory = '';
  #devices: ReadonlyMap<string, string> | undefined;
  readonly #duplicates = new DuplicateItems();

  constructor(parts: CollectorRunParts) {
    this.#parts = parts;
    this.reader = parts.reader;
  }

  /** False if the deadline passed before everything was read. */
  async run(slice: TimeSlice, deadline: Deadline): Promise<boolean> {
    const { collector, now, snapshot } = this.#parts;
    this.#readUsage();
    for (const level of READ_LEVELS) {
      const processes = collector.processes.filter((process) => process.level === level);
      if (collector.readings[level].files.length + processes.length === 0) continue;
      this.#level = level;
      const subjects = this.#subjects(level);
      for (this.#position = 0; this.#position < subjects.length; this.#position++) {
        if (slice.shouldYield) await slice.yield();
        this.now = now();
        if (this.now > deadline.at) return false;
        const subject = subjects[this.#position] as Subject;
        if (snapshot.gone[subject.level].has(this.#position) || (subject.path === ROOT && !collector.root)) continue;
        this.#read(subject);
        if (processes.length > 0) this.#readProcesses(subject, processes);
      }
    }
    return true;
  }

  #readProcesses({ level, path }: Subject, plans: readonly ProcessPlan[]): void {
    const { snapshot, processes, found } = this.#parts;
    if (path === NO_CGROUP || snapshot.gone[level].has(this.#position)) return;
    const isContainer = level === 'container' || level === 'sandbox';
    const pids = processes.list(path, { isContainer });
    const columns = snapshot.columns(level);
    const cgroup = found.targets[level][this.#position] as Target;
    for (const { column, number } of plans) {
      const value = processes.read(number, { cgroup, path, pids, now: this.now });
      (columns[column] as Float64Array)[this.#position] = value;
    }
  }

  #readUsage(): void {
    const { collector, found, snapshot, usage } = this.#parts;
    if (usage !== undefined && collector.usage.length > 0) fillUsage(collector.usage, usage, found.pods, snapshot);
  }

  #subjects(level: ReadLevel): readonly Subject[] {
    const { subjects } = this.#parts.snapshot;
    if (level === 'network') return subjects.pod;
    // The first subject of the level is the node as a whole.
    return level === 'machine' ? subjects.node.slice(0, 1) : subjects[level];
  }

  #read(subject: Subject): void {
    const { collector, snapshot, discovery } = this.#parts;
    const plan = collector.readings[this.#level];
    const state = this.isProcess ? this.#enterNetwork() : this.#enterCgroup(subject);
    if (state === undefined) return;
    try {
      readTarget(plan, state, this);
      fillColumns(plan, snapshot.columns(subject.level), this.#position);
    } catch (error) {
      if (!(error instanceof CgroupGone)) throw error;
      // The process may exit while its pod or container keeps running: then only the network is missing.
      if (this.isProcess) return;
      snapshot.remove(subject.level, this.#position);
      discovery.drop(subject);
    }
  }

  #enterCgroup({ level, path }: Subject): RetainedState {
    this.#directory = path;
    return this.#parts.found.targets[level][this.#position] as Target;
  }

  #enterNetwork(): RetainedState | undefined {
    const { networks, found, procfs } = this.#parts;
    if (this.#level === 'netns') {
      const network = networks.outside(found.outside[this.#position] as OutsideContainer);
      this.#directory = `${procfs}/${network?.pid}`;
      return network;
    }
    const pod = found.pods[this.#position] as DiscoveredPod;
    const pid = networks.process(pod);
    if (pid === undefined) return undefined;
    this.#directory = `${procfs}/${pid}`;
    return networks.state(pod);
  }

  path(file: FilePlan, name: string): string | undefined {
    if (this.isProcess) return `${this.#directory}/${name}`;
    if (this.#level === 'machine') return this.#machinePath(name);
    if (this.#directory === NO_CGROUP) return undefined;
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

  get isProcess(): boolean {
    return this.#level === 'network' || this.#level === 'netns';
  }

  get mayLackControllers(): boolean {
    return (
      this.#level === 'container' && this.#parts.snapshot.subjects.container[this.#position]?.outside !== undefined
    );
  }

  exists(): boolean {
    if (this.#level === 'machine') return true;
    // A zombie keeps an empty directory `net`.
    const path = this.isProcess ? `${this.#directory}/net/dev` : this.#parts.pathOf('cgroup', this.#directory, '');
    return path !== undefined && statSync(systemPath(path), { throwIfNoEntry: false }) !== undefined;
  }

  holds(file: FilePlan): boolean {
    const directory = this.path(file, '');
    return directory !== undefined && statSync(systemPath(directory), { throwIfNoEntry: false }) !== undefined;
  }

  item(file: FilePlan, name: string, numbers: Float64Array): void {
    const label = this.#labelOf(file, name);
    if (label === undefined) return;
    if (this.#duplicates.has(file, this.#position, label)) {
      reportDuplicate(this.#parts.snapshot, this.#parts.collector.name, label);
      return;
    }
    for (let index = 0; index < file.lists.length; index++) {
      const { list, divisor } = file.lists[index] as FilePlan['lists'][number];
      const value = numbers[index] as number;
      if (!Number.isFinite(value)) continue;
      const { subjects, names, values } = this.#parts.snapshot.lists[list] as SampleListBuilder;
      subjects.push(this.#position);
      names.push(label);
      values.push(value / divisor);
    }
  }

  #labelOf({ items }: FilePlan, name: string): string | undefined {
    if (items === 'device') return this.#device(name);
    if (items === 'resource') return name;
    if (name === LOOPBACK) return undefined;
    return this.#level === 'machine' || this.#parts.interfaces.test(name) ? name : undefined;
  }

  /** The name of a block device; its number if the kernel no longer lists it. */
  #device(number: string): string {
    this.#devices ??= readBlockDeviceNames(this.#parts.procfs);
    const name = this.#devices.get(number);
    if (name !== undefined) this.#parts.snapshot.devices.set(name, number);
    return name ?? number;
  }
}

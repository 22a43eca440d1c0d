import type { CpuUsage } from '../../snapshot/cpu-usage.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Subject } from '../../snapshot/subject.ts';
import type { SnapshotAnswer } from '../endpoint.ts';
import { sendTexts } from '../json-answer.ts';
import { CPU_AND_MEMORY_COLLECTORS, SUMMARY_COLLECTORS } from './collectors.ts';
import { runningPods, type RunningPod } from '../running-pods.ts';
import { EphemeralStats, type UsedStats } from './ephemeral.ts';
import { networkStats, type NetworkStats } from './network.ts';
import { fileSystemOf, podKey, volumeStats, type FsStats, type VolumeStats } from './storage.ts';
import {
  LevelStats,
  rfc3339,
  startTime,
  whole,
  type CpuStats,
  type IoStats,
  type MemoryStats,
  type SwapStats,
} from './stats.ts';

/** What one summary is made of. */
interface SummaryChoice {
  /** Excludes I/O, network, processes and storage. */
  readonly onlyCpuAndMemory: boolean;
  readonly usage: CpuUsage;
}

/** Of a container, or of a system container of the node. */
interface ContainerStats {
  readonly name: string;
  readonly startTime: string | undefined;
  readonly cpu: CpuStats | undefined;
  readonly memory: MemoryStats | undefined;
  readonly io: IoStats | undefined;
  readonly swap: SwapStats | undefined;
  readonly rootfs?: UsedStats | undefined;
  readonly logs?: UsedStats | undefined;
}

interface PodStats extends Omit<ContainerStats, 'name' | 'rootfs' | 'logs'> {
  readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly containers: readonly ContainerStats[];
  readonly network: NetworkStats | undefined;
  readonly process_stats: { readonly process_count: number } | undefined;
  readonly volume: readonly VolumeStats[] | undefined;
  readonly 'ephemeral-storage': UsedStats | undefined;
}

interface NodeStats extends Omit<ContainerStats, 'name' | 'rootfs' | 'logs'> {
  readonly nodeName: string | undefined;
  readonly systemContainers: readonly ContainerStats[];
  readonly network: NetworkStats | undefined;
  readonly fs: FsStats | undefined;
  readonly runtime: { readonly imageFs: FsStats; readonly containerFs: FsStats | undefined } | undefined;
  readonly rlimit: { readonly time: string; readonly maxpid?: number; readonly curproc?: number } | undefined;
}

/** What a summary is made with. */
export interface SummaryParts {
  /** Taken from a pod if absent. */
  readonly nodeName?: string;
  readonly cpuUsage: (snapshot: Snapshot, deadline: number) => Promise<CpuUsage>;
}

/** Statistics of the node and its pods in the kubelet's schema. */
export class SummaryView {
  readonly #parts: SummaryParts;

  constructor(parts: SummaryParts) {
    this.#parts = parts;
  }

  /** The answer with everything, or without I/O, network, processes and storage. */
  answer({ onlyCpuAndMemory }: { readonly onlyCpuAndMemory: boolean }): SnapshotAnswer {
    return {
      kind: 'snapshot',
      collectors: new Set(onlyCpuAndMemory ? CPU_AND_MEMORY_COLLECTORS : SUMMARY_COLLECTORS),
      contentType: 'application/json',
      write: async (snapshot, output) => {
        const usage = await this.#parts.cpuUsage(snapshot, output.deadline);
        await sendTexts(this.#texts(snapshot, new Summary(snapshot, { onlyCpuAndMemory, usage })), output);
      },
    };
  }

  *#texts(snapshot: Snapshot, summary: Summary): Generator<string> {
    const pods = runningPods(snapshot);
    yield `{"node":${JSON.stringify(summary.node(this.#parts.nodeName ?? pods[0]?.record.node))},"pods":[`;
    for (const [index, pod] of pods.entries()) yield `${index === 0 ? '' : ','}${JSON.stringify(summary.pod(pod))}`;
    yield ']}\n';
  }
}

/** Names of the system containers. */
const SYSTEM_CONTAINERS = new Set(['pods', 'kubelet', 'runtime']);

class Summary {
  readonly #snapshot: Snapshot;
  readonly #full: boolean;
  readonly #containers: LevelStats;
  readonly #pods: LevelStats;
  readonly #node: LevelStats;
  readonly #podNetworks: ReadonlyMap<number, NetworkStats>;
  readonly #ephemeral: EphemeralStats;
  readonly #volumes: ReadonlyMap<string, readonly VolumeStats[]>;

  constructor(snapshot: Snapshot, { onlyCpuAndMemory, usage }: SummaryChoice) {
    this.#snapshot = snapshot;
    this.#full = !onlyCpuAndMemory;
    this.#containers = new LevelStats({ snapshot, usage, level: 'container' });
    this.#pods = new LevelStats({ snapshot, usage, level: 'pod' });
    this.#node = new LevelStats({ snapshot, usage, level: 'node' });
    this.#podNetworks = this.#full ? networkStats(snapshot, 'pod') : new Map();
    this.#ephemeral = new EphemeralStats(snapshot);
    this.#volumes = this.#full ? volumeStats(snapshot) : new Map();
  }

  node(nodeName: string | undefined): NodeStats {
    const node = this.#node;
    const [, ...system] = this.#snapshot.walked ? this.#snapshot.subjects.node : [];
    return {
      nodeName,
      systemContainers: system.flatMap((subject, index) => this.#systemContainer(subject, index + 1)),
      startTime: startTime(node.number('boot_time_seconds', 0)),
      cpu: node.cpu(0),
      memory: node.memory(0, this.#usableMemory()),
      io: this.#full ? node.io(0) : undefined,
      swap: node.swap(node.number('swap_usage_bytes', 0), node.number('swap_available_bytes', 0)),
      network: this.#full ? networkStats(this.#snapshot, 'node').get(0) : undefined,
      fs: this.#full ? fileSystemOf(this.#snapshot, 'kubelet_fs') : undefined,
      runtime: this.#full ? this.#runtime() : undefined,
      rlimit: this.#full ? this.#rlimit() : undefined,
    };
  }

  pod({ record, position, containers }: RunningPod): PodStats {
    const { name, namespace, configHash } = record;
    return {
      // The kubelet identifies a static pod by the hash of its manifest; its mirror pod has another UID.
      podRef: { name, namespace, uid: configHash ?? record.uid },
      startTime: startTime(record.startTime),
      containers: containers.map((container) => this.#container(container)),
      cpu: this.#pods.cpu(position),
      memory: this.#pods.memory(position),
      io: this.#full ? this.#pods.io(position) : undefined,
      swap: this.#pods.cgroupSwap(position),
      network: this.#podNetworks.get(position),
      process_stats: this.#full ? this.#processes(containers) : undefined,
      volume: this.#volumes.get(podKey(namespace, name)),
      'ephemeral-storage': this.#full ? this.#ephemeral.pod(position, containers) : undefined,
    };
  }

  #container(position: number): ContainerStats {
    const { container } = this.#snapshot.subjects.container[position] as Subject;
    return {
      name: container?.name ?? '',
      startTime: startTime(container?.startedAt),
      ...this.#cgroup(this.#containers, position),
      swap: this.#containers.cgroupSwap(position),
      rootfs: this.#full ? this.#ephemeral.container(position, 'writable_layer') : undefined,
      logs: this.#full ? this.#ephemeral.container(position, 'logs') : undefined,
    };
  }

  #systemContainer({ labels }: Subject, position: number): readonly ContainerStats[] {
    const [[, name] = ['', '']] = labels;
    const stats = this.#cgroup(this.#node, position);
    const isGone = this.#snapshot.gone.node.has(position);
    if (isGone || !SYSTEM_CONTAINERS.has(name) || (stats.cpu === undefined && stats.memory === undefined)) return [];
    return [{ name, startTime: this.#startOf(name, position), ...stats, swap: this.#node.cgroupSwap(position) }];
  }

  /** Of the kubelet its own start, as in its endpoint; of others that of the cgroup, which survives their restarts. */
  #startOf(name: string, position: number): string | undefined {
    const started = name === 'kubelet' ? this.#node.number('first_process_start_seconds', position) : Number.NaN;
    return startTime(Number.isNaN(started) ? this.#node.number('creation_time_seconds', position) : started);
  }

  /** Memory of the node that is not reserved for huge pages, which no working set includes. */
  #usableMemory(): number {
    const hugePages = this.#node.number('huge_pages_bytes', 0);
    return this.#node.number('memory_capacity_bytes', 0) - (Number.isNaN(hugePages) ? 0 : hugePages);
  }

  #cgroup(stats: LevelStats, position: number): Pick<ContainerStats, 'cpu' | 'memory' | 'io'> {
    return {
      cpu: stats.cpu(position),
      memory: stats.memory(position),
      io: this.#full ? stats.io(position) : undefined,
    };
  }

  /** Processes of the containers, without that of the sandbox; absent unless all are known. */
  #processes(containers: readonly number[]): PodStats['process_stats'] {
    const count = whole(containers.reduce((sum, position) => sum + this.#containers.number('processes', position), 0));
    return count === undefined ? undefined : { process_count: count };
  }

  #runtime(): NodeStats['runtime'] {
    const imageFs = fileSystemOf(this.#snapshot, 'image_fs');
    return imageFs === undefined ? undefined : { imageFs, containerFs: fileSystemOf(this.#snapshot, 'container_fs') };
  }

  #rlimit(): NodeStats['rlimit'] {
    const node = this.#node;
    // Either limits the number of tasks.
    const limits = (['pid_max', 'threads_max'] as const)
      .map((row) => node.number(row, 0))
      .filter((limit) => !Number.isNaN(limit));
    const curproc = whole(node.number('tasks', 0));
    if (limits.length === 0 && curproc === undefined) return undefined;
    return {
      time: rfc3339(this.#snapshot.readAt('node-state')),
      ...(limits.length === 0 ? {} : { maxpid: Math.min(...limits) }),
      ...(curproc === undefined ? {} : { curproc }),
    };
  }
}

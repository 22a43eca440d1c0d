import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { decodePath } from '../kernel/mountinfo.ts';
import { StatfsGuard, type GuardedAnswer } from '../kernel/children/statfs-guard.ts';
import { isLocal } from '../kernel/children/statfs.ts';
import { blockDeviceNames } from '../node/block-devices.ts';
import { nodeMounts, type NodeMount } from './mounts.ts';
import { lastName, mountOf, volumeMounts, type VolumeMount } from './volume-mounts.ts';
import type { PodRecord, VolumeRecord } from '../pods/pod.ts';
import { ClaimedVolumes, type ProcessesOf } from './claimed-volumes.ts';
import type { Entry, Snapshot, Subject } from '../snapshot/snapshot.ts';
import type { StorageOptions } from './storage-choice.ts';

/** A volume of a pod, as far as it is known. */
interface PodVolume {
  readonly labels: Subject['labels'];
  readonly type: string;
  readonly mount: NodeMount;
  readonly block: boolean;
  /** It shares the file system with others, so that what is used of that is not its own. */
  readonly shared: boolean;
}

/** Directories of container runtimes. */
const RUNTIMES = ['/var/lib/containerd', '/var/lib/containers/storage', '/var/lib/docker'];

/** Tables that are read together. */
type VolumeTable = 'volume' | 'volume_info' | 'kubelet_fs' | 'image_fs';

/** Reads file systems and volumes. */
export class StorageTables {
  readonly #options: StorageOptions;
  readonly #guard: StatfsGuard;
  readonly #claimed: ClaimedVolumes;
  /** The kubelet's directory as the node calls it; latin1. */
  readonly #kubelet: string;

  constructor(options: StorageOptions) {
    this.#options = options;
    const { rootfs, procfs } = options.paths;
    const { kubelet, timeout } = options.choice;
    this.#guard = new StatfsGuard(timeout);
    this.#claimed = new ClaimedVolumes(procfs);
    const inside = rootfs !== '/' && kubelet.startsWith(`${rootfs}/`);
    this.#kubelet = Buffer.from(inside ? kubelet.slice(rootfs.length) : kubelet).toString('latin1');
  }

  /** File systems that have been asked and have not answered. */
  get stuck(): number {
    return this.#guard.stuck;
  }

  close(): void {
    this.#guard.close();
  }

  /** The node's file systems, those left out that the options exclude, and those that we do not see. */
  async filesystems(): Promise<readonly Entry<'filesystem'>[]> {
    const { paths, choice } = this.#options;
    const mounts = nodeMounts(paths).filter(
      ({ point, type, seen }) =>
        seen !== undefined && !choice.excludedMountPoints.test(decodePath(point)) && !choice.excludedTypes.test(type),
    );
    const answers = await this.#ask(mounts);
    return mounts.map((mount) => filesystemEntry(mount, answers.get(mount.seen ?? '')));
  }

  /** The volumes of the pods in `snapshot`: their numbers, and what they are; and where the kubelet and images are. */
  async volumes(
    snapshot: Snapshot,
    processes: (subject: Subject) => readonly number[],
  ): Promise<{ readonly [T in VolumeTable]: readonly Entry<T>[] }> {
    const mounts = nodeMounts(this.#options.paths);
    const volumes = this.#volumesOf(snapshot, mounts, processes);
    const kubelet = mountOf(mounts, `${this.#kubelet}/pods`);
    const images = this.#imageMount(mounts);
    const others = [kubelet, images].flatMap((mount) => (mount === undefined ? [] : [mount]));
    const answers = await this.#ask([...volumes.filter(({ block }) => !block).map(({ mount }) => mount), ...others]);
    const spaceOf = (mount: NodeMount | undefined, shared: boolean): readonly Entry<'volume'>[] =>
      mount === undefined ? [] : volumeEntry({ labels: [], block: false, shared }, answers.get(mount.seen ?? ''));
    const devices = blockDeviceNames(this.#options.paths.procfs);
    this.#report(volumes, answers, snapshot);
    return {
      kubelet_fs: spaceOf(kubelet, false),
      // Images share it with what else there is.
      image_fs: spaceOf(images, true),
      volume: volumes.flatMap((volume) => volumeEntry(volume, answers.get(volume.mount.seen ?? ''))),
      volume_info: volumes.map((volume) => infoEntry(volume, devices)),
    };
  }

  /** Where a container runtime keeps images. */
  #imageMount(mounts: readonly NodeMount[]): NodeMount | undefined {
    const { rootfs } = this.#options.paths;
    const found = RUNTIMES.find((path) => existsSync(join(rootfs, path)));
    return found === undefined ? undefined : mountOf(mounts, found);
  }

  #ask(mounts: readonly NodeMount[]): Promise<ReadonlyMap<string, GuardedAnswer>> {
    return this.#guard.ask(mounts.flatMap(({ seen, type }) => (seen === undefined ? [] : [{ path: seen, type }])));
  }

  #volumesOf(
    { subjects }: Snapshot,
    mounts: readonly NodeMount[],
    processes: (subject: Subject) => readonly number[],
  ): readonly PodVolume[] {
    const byUid = new Map<string, VolumeMount[]>();
    for (const volume of volumeMounts(mounts, this.#kubelet)) {
      byUid.set(volume.uid, [...(byUid.get(volume.uid) ?? []), volume]);
    }
    const inPod: ProcessesOf = (record) =>
      subjects.container.filter(({ pod }) => pod === record).flatMap((subject) => processes(subject).slice(0, 1));
    const directory = mountOf(mounts, `${this.#kubelet}/pods`);
    return subjects.pod.flatMap(({ pod, labels, gone }) => {
      if (gone || pod === undefined) return [];
      const own = byUid.get(pod.configHash ?? pod.uid) ?? byUid.get(pod.uid) ?? [];
      return [...this.#mounted(pod, labels, own, inPod), ...emptyDirs(pod, labels, own, directory)];
    });
  }

  #mounted(
    pod: PodRecord,
    labels: Subject['labels'],
    mounts: readonly VolumeMount[],
    processes: ProcessesOf,
  ): readonly PodVolume[] {
    const assigned = this.#claimed.assign(pod, mounts, processes);
    const seen = new Set<string>();
    return mounts.flatMap((each) => {
      const record = assigned.get(each);
      const name = record?.name ?? decodePath(each.name);
      if (seen.has(name)) return [];
      seen.add(name);
      const type = record?.type ?? each.plugin.replace(/^.*~/, '');
      return [{ labels: labelled(labels, name, record), type, mount: each.mount, block: each.block, shared: false }];
    });
  }

  #report(volumes: readonly PodVolume[], answers: ReadonlyMap<string, GuardedAnswer>, { notices }: Snapshot): void {
    const unseen = volumes.filter(({ mount }) => mount.seen === undefined);
    if (unseen.length > 0) {
      const message = `${unseen.length} volumes are not to be seen here: mount ${this.#options.choice.kubelet} with mountPropagation HostToContainer`;
      notices.push({ cause: 'volumes unseen', message });
    }
    const denied = volumes.some(({ mount }) => {
      const answer = answers.get(mount.seen ?? '');
      return typeof answer === 'object' && 'code' in answer && answer.code === 'EACCES';
    });
    if (denied)
      notices.push({
        cause: 'volumes denied',
        message: `no right to enter ${this.#options.choice.kubelet}, so no space of volumes`,
      });
  }
}

/** An emptyDir on disk is no mount, but a directory in the file system of the kubelet. */
function emptyDirs(
  { volumes = [] }: PodRecord,
  labels: Subject['labels'],
  mounts: readonly VolumeMount[],
  directory: NodeMount | undefined,
): readonly PodVolume[] {
  const mounted = new Set(mounts.map(({ name }) => decodePath(name)));
  return volumes.flatMap((volume) => {
    if (directory === undefined || volume.type !== 'emptyDir' || volume.memory || mounted.has(volume.name)) return [];
    return [
      { labels: labelled(labels, volume.name, volume), type: 'emptyDir', mount: directory, block: false, shared: true },
    ];
  });
}

function labelled(labels: Subject['labels'], volume: string, record: VolumeRecord | undefined): Subject['labels'] {
  const claim = record?.claim === undefined ? [] : [['persistentvolumeclaim', record.claim] as const];
  return [...labels, ['volume', volume], ...claim];
}

function volumeEntry(
  { labels, block, shared }: Pick<PodVolume, 'labels' | 'block' | 'shared'>,
  answer: GuardedAnswer | undefined,
): readonly Entry<'volume'>[] {
  if (block || answer === undefined) return [];
  if (answer === 'stuck') return [{ labels, numbers: { stuck: 1 } }];
  if ('code' in answer) return [];
  const { size, free, available, files, filesFree } = answer;
  const used = shared ? {} : { used: size - free, filesUsed: counted(files, files - filesFree) };
  const inodes = { files: counted(files, files), filesFree: counted(files, filesFree) };
  return [{ labels, numbers: { size, available, ...inodes, ...used, stuck: 0 } }];
}

/** File systems that make inodes as they need them say 0 of how many there are. */
function counted(files: number, number: number): number | undefined {
  return files === 0 ? undefined : number;
}

function infoEntry(
  { labels, type, mount, block }: PodVolume,
  devices: ReadonlyMap<string, string>,
): Entry<'volume_info'> {
  // A device that is handed on is a mount of its node in /dev.
  const device = block ? lastName(mount.root) : devices.get(mount.device);
  return {
    labels: [
      ...labels,
      ['type', type],
      ...(device === undefined ? [] : [['device', device] as const]),
      ...(block ? [] : [['fstype', mount.type] as const]),
      ['storage', storageOf(mount, type, device)],
    ],
    numbers: { one: 1 },
  };
}

/** Volumes that are on this machine by their kind. */
const ON_NODE = new Set(['emptyDir', 'hostPath', 'local', 'local-volume', 'host-path']);

function storageOf({ type: fstype }: NodeMount, type: string, device: string | undefined): string {
  if (ON_NODE.has(type) || fstype === 'tmpfs') return 'local';
  if (device !== undefined) return 'block';
  return isLocal(fstype) ? 'local' : 'network';
}

function filesystemEntry(
  { point, source, type, options }: NodeMount,
  answer: GuardedAnswer | undefined,
): Entry<'filesystem'> {
  const labels = [
    ['device', decodePath(source)],
    ['mountpoint', decodePath(point)],
    ['fstype', type],
  ] as const;
  if (answer === undefined || answer === 'stuck' || 'code' in answer) return { labels, numbers: { deviceError: 1 } };
  const readonly = Number(options.split(',').includes('ro'));
  return { labels, numbers: { ...answer, used: answer.size - answer.free, readonly, deviceError: 0 } };
}

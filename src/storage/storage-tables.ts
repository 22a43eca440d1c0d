import { dirname } from 'node:path';
import { decodeLatin1 } from '../kernel/text.ts';
import { StatfsGuard, type GuardedResult } from '../kernel/children/statfs-guard.ts';
import { MountDevices } from './mount-devices.ts';
import { nodeMounts, type NodeMount } from './mounts.ts';
import { findRuntimeMounts } from './runtime-roots.ts';
import { mountOf, volumeMounts, type VolumeMount } from './volume-mounts.ts';
import type { PodRecord, VolumeRecord } from '../pods/pod.ts';
import { ClaimedVolumes, type ProcessesOf } from './claimed-volumes.ts';
import type { SnapshotBuilder } from '../snapshot/builder.ts';
import type { Entry } from '../snapshot/snapshot.ts';
import type { Labels, Subject } from '../snapshot/subject.ts';
import { filesystemEntry, infoEntry, volumeEntry, type PodVolume } from './entries.ts';
import type { StorageOptions } from './storage-choice.ts';
import { resolveRootedPath } from '../kernel/rooted-path.ts';

/** The notice of volumes whose mounts exist on the node only. */
export const HIDDEN_VOLUMES = 'cannot see the mounts of volumes';

/** Tables that are read together. */
type VolumeTable = 'volume' | 'volume_info' | 'kubelet_fs' | 'image_fs' | 'container_fs';

/** Reads file systems and volumes. */
export class StorageTables {
  readonly #options: StorageOptions;
  readonly #guard: StatfsGuard;
  readonly #claimed: ClaimedVolumes;
  /** The kubelet's directory as a path of the node; latin1. */
  readonly #kubelet: string;

  constructor(options: StorageOptions) {
    this.#options = options;
    const { rootfs, procfs } = options.paths;
    const { kubelet, timeout } = options.choice;
    this.#guard = new StatfsGuard(timeout);
    this.#claimed = new ClaimedVolumes(procfs);
    this.#kubelet = Buffer.from(resolveKubelet(rootfs, kubelet)).toString('latin1');
  }

  /** Number of file systems that do not answer. */
  get stuck(): number {
    return this.#guard.stuck;
  }

  close(): void {
    this.#guard.close();
  }

  /** The node's visible file systems, without those that the options exclude. */
  async filesystems({ blind }: Pick<SnapshotBuilder, 'blind'>): Promise<readonly Entry<'filesystem'>[]> {
    const { paths, choice } = this.#options;
    const all = nodeMounts(paths);
    if (!all.some(({ visiblePath }) => visiblePath !== undefined)) {
      const hint = 'mount / of the node with mountPropagation: HostToContainer and set --path.rootfs';
      blind.set('filesystem', { cause: `no mount of the node is visible below ${paths.rootfs}`, hint });
    }
    const mounts = all.filter(
      ({ mountPoint, type, visiblePath }) =>
        visiblePath !== undefined &&
        !choice.excludedMountPoints.test(decodeLatin1(mountPoint)) &&
        !choice.excludedTypes.test(decodeLatin1(type)),
    );
    const answers = await this.#statfs(mounts);
    return mounts.map((mount) => filesystemEntry(mount, answers.get(mount.visiblePath ?? '')));
  }

  /** The volumes of the pods in `snapshot`, and the file systems of the kubelet and of images. */
  async volumes(
    snapshot: SnapshotBuilder,
    processes: (subject: Subject) => readonly number[],
  ): Promise<{ readonly [T in VolumeTable]: readonly Entry<T>[] }> {
    const mounts = nodeMounts(this.#options.paths);
    const volumes = this.#volumesOf(snapshot, mounts, processes);
    const kubelet = mountOf(mounts, `${this.#kubelet}/pods`);
    const { images, containers } = findRuntimeMounts(mounts, this.#options.paths.rootfs, containerIds(snapshot));
    const others = [kubelet, images, containers].flatMap((mount) => (mount === undefined ? [] : [mount]));
    const answers = await this.#statfs([...volumes.filter(({ block }) => !block).map(({ mount }) => mount), ...others]);
    const spaceOf = (mount: NodeMount | undefined, shared: boolean): readonly Entry<'volume'>[] =>
      mount === undefined
        ? []
        : volumeEntry({ labels: [], block: false, shared }, answers.get(mount.visiblePath ?? ''));
    const devices = new MountDevices(this.#options.paths);
    this.#report(volumes, answers, snapshot);
    return {
      kubelet_fs: spaceOf(kubelet, false),
      // The space used there is not only that of images.
      image_fs: spaceOf(images, true),
      container_fs: spaceOf(containers, true),
      volume: volumes.flatMap((volume) => volumeEntry(volume, answers.get(volume.mount.visiblePath ?? ''))),
      volume_info: volumes.map((volume) => infoEntry(volume, devices)),
    };
  }

  #statfs(mounts: readonly NodeMount[]): Promise<ReadonlyMap<string, GuardedResult>> {
    return this.#guard.statAll(
      mounts.flatMap(({ visiblePath: path, type }) => (path === undefined ? [] : [{ path, type }])),
    );
  }

  #volumesOf(
    { subjects, gone }: SnapshotBuilder,
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
    return subjects.pod.flatMap(({ pod, labels }, position) => {
      if (gone.pod.has(position) || pod === undefined) return [];
      const own = byUid.get(pod.configHash ?? pod.uid) ?? byUid.get(pod.uid) ?? [];
      return [...this.#mounted(pod, labels, own, inPod), ...emptyDirs(pod, labels, own, directory)];
    });
  }

  #mounted(
    pod: PodRecord,
    labels: Labels,
    mounts: readonly VolumeMount[],
    processes: ProcessesOf,
  ): readonly PodVolume[] {
    const assigned = this.#claimed.assign(pod, mounts, processes);
    const names = new Set<string>();
    return mounts.flatMap((each) => {
      const record = assigned.get(each);
      const name = record?.name ?? decodeLatin1(each.name);
      if (names.has(name)) return [];
      names.add(name);
      const type = record?.type ?? decodeLatin1(each.plugin.replace(/^.*~/, ''));
      return [
        { labels: volumeLabels(labels, name, record), type, mount: each.mount, block: each.block, shared: false },
      ];
    });
  }

  #report(
    volumes: readonly PodVolume[],
    answers: ReadonlyMap<string, GuardedResult>,
    { notices }: SnapshotBuilder,
  ): void {
    const { kubelet } = this.#options.choice;
    const hidden = volumes.filter(({ mount }) => mount.visiblePath === undefined);
    if (hidden.length > 0) {
      const hint = `mount ${kubelet} with mountPropagation: HostToContainer`;
      notices.push({ message: HIDDEN_VOLUMES, fields: { volumes: hidden.length, hint } });
    }
    const denied = volumes.some(({ mount }) => {
      const answer = answers.get(mount.visiblePath ?? '');
      return typeof answer === 'object' && 'code' in answer && answer.code === 'EACCES';
    });
    if (denied) {
      const fields = { cause: `permission denied on ${kubelet}`, hint: 'run as user 0' };
      notices.push({ message: 'cannot read the space of volumes', fields });
    }
  }
}

function containerIds({ subjects }: SnapshotBuilder): ReadonlySet<string> {
  return new Set([...subjects.container, ...subjects.sandbox].flatMap(({ containerId }) => containerId ?? []));
}

/** Volumes without a mount: an emptyDir on disk is a directory in the file system of the kubelet. */
function emptyDirs(
  { volumes = [] }: PodRecord,
  labels: Labels,
  mounts: readonly VolumeMount[],
  directory: NodeMount | undefined,
): readonly PodVolume[] {
  const mounted = new Set(mounts.map(({ name }) => decodeLatin1(name)));
  return volumes.flatMap((volume) => {
    if (directory === undefined || volume.type !== 'emptyDir' || volume.memory || mounted.has(volume.name)) return [];
    return [
      {
        labels: volumeLabels(labels, volume.name, volume),
        type: 'emptyDir',
        mount: directory,
        block: false,
        shared: true,
      },
    ];
  });
}

function volumeLabels(labels: Labels, volume: string, record: VolumeRecord | undefined): Labels {
  const claim = record?.claim === undefined ? [] : [['persistentvolumeclaim', record.claim] as const];
  return [...labels, ['volume', volume], ...claim];
}

/** The kubelet's directory as a path of the node without symbolic links, because the kernel lists mounts without them. */
export function resolveKubelet(rootfs: string, kubelet: string): string {
  const root = rootfs === '/' ? '' : rootfs;
  const path = root !== '' && kubelet.startsWith(`${root}/`) ? kubelet.slice(root.length) : kubelet;
  return dirname(resolveRootedPath({ root: rootfs, path: `${path}/pods` })).slice(root.length);
}

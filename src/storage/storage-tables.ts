import { decodeLatin1 } from '../kernel/text.ts';
import { StatfsGuard, type GuardedResult } from '../kernel/children/statfs-guard.ts';
import { IncludedMounts } from './included-mounts.ts';
import { MountDevices } from './mount-devices.ts';
import { NodeMounts, type NodeMount } from './mounts.ts';
import { mapInSlices } from '../base/yielder.ts';
import { findRuntimeMounts } from './runtime-roots.ts';
import { mountOf, volumeMounts, type VolumeMount } from './volume-mounts.ts';
import type { PodRecord, VolumeRecord } from '../pods/pod.ts';
import { ClaimedVolumes, type ProcessesOf } from './claimed-volumes.ts';
import type { SnapshotBuilder } from '../snapshot/builder.ts';
import type { Entry } from '../snapshot/snapshot.ts';
import type { Labels, Subject } from '../snapshot/subject.ts';
import { filesystemEntry, infoEntry, volumeEntry, type PodVolume } from './entries.ts';
import type { StorageOptions } from './storage-choice.ts';
import { resolveKubelet } from './kubelet-directory.ts';

/** The notice of volumes whose mounts exist on the node only. */
export const HIDDEN_VOLUMES = 'cannot see the mounts of volumes';

/** Tables that are read together. */
type VolumeTable = 'volume' | 'volume_info' | 'kubelet_fs' | 'image_fs' | 'container_fs';

/** Reads file systems and volumes. */
export class StorageTables {
  readonly #options: StorageOptions;
  readonly #guard: StatfsGuard;
  readonly #claimed: ClaimedVolumes;
  readonly #mounts: NodeMounts;
  readonly #included: IncludedMounts;
  /** The kubelet's directory as a path of the node; latin1. */
  readonly #kubelet: string;

  constructor(options: StorageOptions) {
    this.#options = options;
    const { rootfs, procfs } = options.paths;
    const { kubelet, timeout } = options.choice;
    this.#guard = new StatfsGuard(timeout);
    this.#claimed = new ClaimedVolumes(procfs);
    this.#mounts = new NodeMounts(options.paths);
    this.#included = new IncludedMounts(options.choice);
    this.#kubelet = Buffer.from(resolveKubelet(rootfs, kubelet)).toString('latin1');
  }

  /** Number of file systems that do not answer. */
  get stuck(): number {
    return this.#guard.stuck;
  }

  close(): void {
    this.#guard.close();
  }

  /** A scrape begins: the mounts are read when they are needed. */
  begin(): void {
    this.#mounts.begin();
  }

  /** The node's visible file systems, without those that the options exclude. */
  async filesystems({ blind }: Pick<SnapshotBuilder, 'blind'>): Promise<readonly Entry<'filesystem'>[]> {
    const all = await this.#mounts.current();
    if (!all.some(({ visiblePath }) => visiblePath !== undefined)) {
      const hint = 'mount / of the node with mountPropagation: HostToContainer and set --path.rootfs';
      const { rootfs } = this.#options.paths;
      blind.set('filesystem', { cause: `no mount of the node is visible below ${rootfs}`, hint });
    }
    const mounts = await this.#included.of(all);
    const answers = await this.#statfs(mounts);
    return mapInSlices(mounts, (mount) => filesystemEntry(mount, answers.get(mount.visiblePath ?? '')));
  }

  /** The volumes of the pods in `snapshot`, and the file systems of the kubelet and of images. */
  async volumes(
    snapshot: SnapshotBuilder,
    processes: (subject: Subject) => readonly number[],
  ): Promise<{ readonly [T in VolumeTable]: readonly Entry<T>[] }> {
    const mounts = await this.#mounts.current();
    const volumes = await this.#volumesOf(snapshot, mounts, processes);
    const kubelet = mountOf(mounts, `${this.#kubelet}/pods`);
    const { images, containers } = findRuntimeMounts(mounts, this.#options.paths.rootfs, containerIds(snapshot));
    const others = [kubelet, images, containers].flatMap((mount) => (mount === undefined ? [] : [mount]));
    const answers = await this.#statfs([...volumes.filter(({ block }) => !block).map(({ mount }) => mount), ...others]);
    const spaceOf = (mount: NodeMount | undefined, shared: boolean): readonly Entry<'volume'>[] =>
      mount === undefined
        ? []
        : volumeEntry({ labels: [], block: false, shared, mount }, answers.get(mount.visiblePath ?? ''));
    const devices = new MountDevices(this.#options.paths);
    this.#report(volumes, answers, snapshot);
    return {
      kubelet_fs: spaceOf(kubelet, false),
      // The space used there is not only that of images.
      image_fs: spaceOf(images, true),
      container_fs: spaceOf(containers, true),
      volume: (
        await mapInSlices(volumes, (volume) => volumeEntry(volume, answers.get(volume.mount.visiblePath ?? '')))
      ).flat(),
      volume_info: await mapInSlices(volumes, (volume) => infoEntry(volume, devices)),
    };
  }

  #statfs(mounts: readonly NodeMount[]): Promise<ReadonlyMap<string, GuardedResult>> {
    return this.#guard.statAll(
      mounts.flatMap(({ visiblePath: path, type }) => (path === undefined ? [] : [{ path, type }])),
    );
  }

  async #volumesOf(
    { subjects, gone }: SnapshotBuilder,
    mounts: readonly NodeMount[],
    processes: (subject: Subject) => readonly number[],
  ): Promise<readonly PodVolume[]> {
    const byUid = Map.groupBy(volumeMounts(mounts, this.#kubelet), ({ uid }) => uid);
    const inPod: ProcessesOf = (record) =>
      subjects.container.filter(({ pod }) => pod === record).flatMap((subject) => processes(subject).slice(0, 1));
    const directory = mountOf(mounts, `${this.#kubelet}/pods`);
    const ofPods = await mapInSlices(subjects.pod, ({ pod, labels }, position) => {
      if (gone.pod.has(position) || pod === undefined) return [];
      const own = byUid.get(pod.configHash ?? pod.uid) ?? byUid.get(pod.uid) ?? [];
      return [...this.#mounted(pod, labels, own, inPod), ...emptyDirs(pod, labels, own, directory)];
    });
    return ofPods.flat();
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

import type { GuardedResult } from '../kernel/children/statfs-guard.ts';
import { isLocal } from '../kernel/children/statfs.ts';
import { decodeLatin1 } from '../kernel/text.ts';
import type { Entry } from '../snapshot/snapshot.ts';
import type { Labels } from '../snapshot/subject.ts';
import type { MountDevices } from './mount-devices.ts';
import type { NodeMount } from './mounts.ts';
import { lastName } from './volume-mounts.ts';

/** A volume of a pod. */
export interface PodVolume {
  readonly labels: Labels;
  readonly type: string;
  readonly mount: NodeMount;
  readonly block: boolean;
  /** It shares the file system with others, so that the space used there is not its own. */
  readonly shared: boolean;
}

/** The space of a volume; none for a block device, and none if the answer is missing or an error. */
export function volumeEntry(
  { labels, block, shared, mount }: Pick<PodVolume, 'labels' | 'block' | 'shared' | 'mount'>,
  answer: GuardedResult | undefined,
): readonly Entry<'volume'>[] {
  if (block || answer === undefined) return [];
  if (answer === 'stuck') return [{ labels, numbers: { stuck: 1 } }];
  if ('code' in answer) return [];
  const { size, free, available, files, filesFree } = answer;
  const used = shared ? {} : { used: size - free, filesUsed: counted(files, files - filesFree) };
  const inodes = { files: counted(files, files), filesFree: counted(files, filesFree) };
  return [{ labels, numbers: { size, available, ...inodes, ...used, readonly: readOnly(mount), stuck: 0 } }];
}

/** File systems that allocate inodes on demand report a total of 0. */
function counted(files: number, number: number): number | undefined {
  return files === 0 ? undefined : number;
}

/** What a volume is. */
export function infoEntry({ labels, type, mount, block }: PodVolume, devices: MountDevices): Entry<'volume_info'> {
  // A block volume is a bind mount of its device node.
  const device = block ? decodeLatin1(lastName(mount.root)) : devices.of(mount);
  return {
    labels: [
      ...labels,
      ['type', type],
      ...(device === undefined ? [] : [['device', device] as const]),
      ...(block ? [] : [['fstype', decodeLatin1(mount.type)] as const]),
      ['storage', storageOf(mount, type, device)],
    ],
    numbers: { one: 1 },
  };
}

/** Types of volumes that are always on this machine. */
const ON_NODE = new Set(['emptyDir', 'hostPath', 'local', 'local-volume', 'host-path']);

function storageOf({ type: fstype }: NodeMount, type: string, device: string | undefined): string {
  if (ON_NODE.has(type) || fstype === 'tmpfs') return 'local';
  if (device !== undefined) return 'block';
  return isLocal(fstype) ? 'local' : 'network';
}

/** A file system of the node; one without an answer has only its error. */
export function filesystemEntry(mount: NodeMount, answer: GuardedResult | undefined): Entry<'filesystem'> {
  const { mountPoint, source, type } = mount;
  const labels = [
    ['device', decodeLatin1(source)],
    ['mountpoint', decodeLatin1(mountPoint)],
    ['fstype', decodeLatin1(type)],
  ] as const;
  if (answer === undefined || answer === 'stuck' || 'code' in answer) return { labels, numbers: { deviceError: 1 } };
  const used = answer.size - answer.free;
  return { labels, numbers: { ...answer, used, readonly: readOnly(mount), deviceError: 0 } };
}

/**
 * 1 if no write through the mount succeeds: by its own options, those of the superblock, or after an error, for which ext4
 * of Linux 6.18 has an option besides `rw` (findings/ext4-emergency-ro.sh).
 */
function readOnly({ options, superOptions }: NodeMount): number {
  return Number(/(?:^|,)(?:ro|emergency_ro)(?:,|$)/.test(`${options},${superOptions}`));
}

import { parseMountinfo } from '../kernel/mountinfo.ts';
import { decodePath } from '../kernel/text.ts';
import type { VolumeMount } from './volume-mounts.ts';
import type { PodRecord, VolumeRecord } from '../pods/pod.ts';
import { readRegularFile } from '../kernel/regular-file.ts';

/** Lists one process of each container of a pod, as far as they are visible. */
export type ProcessesOf = (pod: PodRecord) => readonly number[];

/**
 * Matches mounts with the volumes of their pod. The kubelet names the mount of a claim after the persistent volume,
 * which the pod's object does not contain. A single unmatched mount belongs to the single unmatched claim; of several,
 * each belongs to the claim whose mount path in a container has the same file system.
 */
export class ClaimedVolumes {
  readonly #procfs: string;
  readonly #known = new WeakMap<PodRecord, Map<string, VolumeRecord>>();

  constructor(procfs: string) {
    this.#procfs = procfs;
  }

  /** Volumes by mount, without the mounts that match none. */
  assign(
    pod: PodRecord,
    mounts: readonly VolumeMount[],
    processes: ProcessesOf,
  ): ReadonlyMap<VolumeMount, VolumeRecord> {
    const { volumes = [] } = pod;
    const assigned = new Map<VolumeMount, VolumeRecord>();
    const byName = new Map(volumes.map((volume) => [volume.name, volume]));
    const known = this.#known.get(pod) ?? new Map<string, VolumeRecord>();
    for (const mount of mounts) {
      const volume = byName.get(decodePath(mount.name)) ?? known.get(mount.name);
      if (volume !== undefined) assigned.set(mount, volume);
    }
    const matched = new Set(assigned.values());
    const unmatched = mounts.filter((mount) => !assigned.has(mount));
    const claims = volumes.filter((volume) => volume.claim !== undefined && !matched.has(volume));
    for (const [mount, volume] of this.#match(unmatched, claims, () => processes(pod))) {
      assigned.set(mount, volume);
      this.#known.set(pod, known.set(mount.name, volume));
    }
    return assigned;
  }

  #match(
    mounts: readonly VolumeMount[],
    claims: readonly VolumeRecord[],
    processes: () => readonly number[],
  ): readonly (readonly [VolumeMount, VolumeRecord])[] {
    const [mount] = mounts;
    const [claim] = claims;
    if (mount === undefined || claim === undefined) return [];
    if (mounts.length === 1 && claims.length === 1) return [[mount, claim]];
    const seen = processes().flatMap((pid) => this.#mountsOf(pid));
    return mounts.flatMap((each) => {
      const { device, root } = each.mount;
      const points = new Set(
        seen
          .filter((other) => other.device === device && other.root === root)
          .map((other) => decodePath(other.mountPoint)),
      );
      const found = claims.filter(({ paths = [] }) => paths.some((path) => points.has(path.replace(/(?<=.)\/+$/, ''))));
      return found.length === 1 && found[0] !== undefined ? [[each, found[0]] as const] : [];
    });
  }

  #mountsOf(pid: number): ReturnType<typeof parseMountinfo> {
    try {
      return parseMountinfo(readRegularFile(`${this.#procfs}/${pid}/mountinfo`));
    } catch {
      return [];
    }
  }
}

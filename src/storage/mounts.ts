import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodePaths } from '../kernel/hierarchies.ts';
import { parseMountinfo, type Mount } from '../kernel/mountinfo.ts';

/** A mount of the node. Paths are latin1, as in {@link Mount}. */
export interface NodeMount extends Mount {
  /** Where we see it; `undefined` if we do not, as one that was made where our own mounts do not follow the node's. */
  readonly seen: string | undefined;
}

/**
 * The mounts of the node as they are now, and where we see each. Of several at one place only the last is there: it
 * hides the others.
 *
 * @throws the system's error if there is no list of mounts at all.
 */
export function nodeMounts({ procfs, rootfs }: Pick<NodePaths, 'procfs' | 'rootfs'>): readonly NodeMount[] {
  const own = mountinfoOf(procfs, 'self');
  const node = mountinfoOf(procfs, '1') ?? own;
  if (node === undefined) throw Object.assign(new Error('no mountinfo'), { code: 'ENOENT' });
  const last = new Map<string, Mount>();
  for (const mount of parseMountinfo(node)) last.set(mount.mountPoint, mount);
  const mounts = [...last.values()];
  const prefix = rootfs === '/' ? '' : Buffer.from(rootfs).toString('latin1');
  // In the node's own namespace of mounts, which are many, there is one list.
  if (prefix === '' && own?.equals(node) === true) return mounts.map((mount) => ({ ...mount, seen: mount.mountPoint }));
  const devices = new Map(
    own === undefined ? [] : parseMountinfo(own).map(({ mountPoint, device }) => [mountPoint, device]),
  );
  return mounts.map((mount) => {
    const seen = mount.mountPoint === '/' && prefix !== '' ? prefix : `${prefix}${mount.mountPoint}`;
    return { ...mount, seen: devices.get(seen) === mount.device ? seen : undefined };
  });
}

/** Of a process that is not there, or whose mounts are not ours to see, none. */
function mountinfoOf(procfs: string, pid: string): Buffer | undefined {
  try {
    return readFileSync(join(procfs, pid, 'mountinfo'));
  } catch {
    return undefined;
  }
}

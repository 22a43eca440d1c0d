import { join } from 'node:path';
import type { NodePaths } from '../kernel/hierarchies.ts';
import { parseMountinfo, type Mount } from '../kernel/mountinfo.ts';
import { readRegularFile } from '../kernel/regular-file.ts';

/** A mount of the node. Paths are latin1, as in {@link Mount}. */
export interface NodeMount extends Mount {
  /** Its path in our mount namespace; `undefined` if it is not visible, as without mount propagation. */
  readonly visiblePath: string | undefined;
}

/**
 * The current mounts of the node. Of several mounts at one path only the last is returned, because it hides the others.
 *
 * @throws the system's error if no list of mounts is readable.
 */
export function nodeMounts({ procfs, rootfs }: Pick<NodePaths, 'procfs' | 'rootfs'>): readonly NodeMount[] {
  const own = mountinfoOf(procfs, 'self');
  const node = mountinfoOf(procfs, '1') ?? own;
  if (node === undefined) throw Object.assign(new Error('no mountinfo'), { code: 'ENOENT' });
  const last = new Map<string, Mount>();
  for (const mount of parseMountinfo(node)) last.set(mount.mountPoint, mount);
  const mounts = [...last.values()];
  const prefix = rootfs === '/' ? '' : Buffer.from(rootfs).toString('latin1');
  // In the node's own mount namespace both lists are equal: the second is not parsed.
  if (prefix === '' && own?.equals(node) === true)
    return mounts.map((mount) => ({ ...mount, visiblePath: mount.mountPoint }));
  const devices = new Map(
    own === undefined ? [] : parseMountinfo(own).map(({ mountPoint, device }) => [mountPoint, device]),
  );
  return mounts.map((mount) => {
    const path = mount.mountPoint === '/' && prefix !== '' ? prefix : `${prefix}${mount.mountPoint}`;
    return { ...mount, visiblePath: devices.get(path) === mount.device ? path : undefined };
  });
}

/** `undefined` if the process does not exist or its mounts are not readable. */
function mountinfoOf(procfs: string, pid: string): Buffer | undefined {
  try {
    return readRegularFile(join(procfs, pid, 'mountinfo'));
  } catch {
    return undefined;
  }
}

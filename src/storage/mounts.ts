import { join } from 'node:path';
import { TimeSlice } from '../base/yielder.ts';
import type { NodePaths } from '../kernel/hierarchies.ts';
import { MountList } from '../kernel/mount-list.ts';
import type { Mount } from '../kernel/mountinfo.ts';

/** A mount of the node. Paths are latin1, as in {@link Mount}. */
export interface NodeMount extends Mount {
  /** Its path in our mount namespace; `undefined` if it is not visible, as without mount propagation. */
  readonly visiblePath: string | undefined;
}

/** The mounts of the node, read once per scrape. */
export class NodeMounts {
  readonly #node: MountList;
  readonly #own: MountList;
  /** Where the root of the node is in our mount namespace; empty for `/`. */
  readonly #prefix: string;
  /** What {@link #mounts} are made of. */
  #lists: { readonly node?: readonly Mount[]; readonly own?: readonly Mount[] } = {};
  #mounts: readonly NodeMount[] = [];
  #reading: Promise<readonly NodeMount[]> | undefined;

  constructor({ procfs, rootfs }: Pick<NodePaths, 'procfs' | 'rootfs'>) {
    this.#node = new MountList(join(procfs, '1/mountinfo'));
    this.#own = new MountList(join(procfs, 'self/mountinfo'));
    this.#prefix = rootfs === '/' ? '' : Buffer.from(rootfs).toString('latin1');
  }

  /** A scrape begins; its first request reads the mounts. */
  begin(): void {
    this.#reading = undefined;
  }

  /**
   * The mounts during this scrape; the same array as long as nothing changes. Of several mounts at one path only the
   * last is returned, because it hides the others.
   *
   * @throws the system's error if no list of mounts is readable.
   */
  async current(): Promise<readonly NodeMount[]> {
    this.#reading ??= this.#read();
    return this.#reading;
  }

  async #read(): Promise<readonly NodeMount[]> {
    const slice = new TimeSlice();
    const listed = await this.#node.read(slice).catch(() => undefined);
    // In the node's own mount namespace both lists are equal: the second is not parsed.
    const own = await this.#own.read(slice, this.#node).catch(() => undefined);
    const node = listed ?? own;
    if (node === undefined) throw Object.assign(new Error('no mountinfo'), { code: 'ENOENT' });
    if (this.#lists.node !== node || this.#lists.own !== own) {
      this.#mounts = await visibleMounts(node, own ?? [], { prefix: this.#prefix, slice });
      this.#lists = { node, ...(own === undefined ? {} : { own }) };
    }
    return this.#mounts;
  }
}

async function visibleMounts(
  node: readonly Mount[],
  own: readonly Mount[],
  { prefix, slice }: { readonly prefix: string; readonly slice: TimeSlice },
): Promise<readonly NodeMount[]> {
  const last = new Map<string, Mount>();
  for (const mount of node) last.set(mount.mountPoint, mount);
  const isOwn = prefix === '' && own === node;
  const devices = isOwn ? undefined : new Map(own.map(({ mountPoint, device }) => [mountPoint, device]));
  const mounts: NodeMount[] = [];
  for (const mount of last.values()) {
    if (slice.shouldYield) await slice.yield();
    const path = mount.mountPoint === '/' && prefix !== '' ? prefix : `${prefix}${mount.mountPoint}`;
    const isVisible = devices === undefined || devices.get(path) === mount.device;
    mounts.push({ ...mount, visiblePath: isVisible ? path : undefined });
  }
  return mounts;
}

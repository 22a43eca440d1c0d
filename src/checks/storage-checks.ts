import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../base/error-code.ts';
import { isDirectory } from '../kernel/hierarchies.ts';
import { isLocal } from '../kernel/children/statfs.ts';
import { parseMountinfo, type Mount } from '../kernel/mountinfo.ts';
import { mountAt } from '../kernel/mount-table.ts';
import { mountOf } from '../storage/volume-mounts.ts';
import { failed, ok, skipped, type Check, type CheckFacts, type Finding, type Remedy } from './check.ts';

const MOUNT_ROOT: Remedy = {
  text: 'mount / of the node and set --path.rootfs to it (component volumes, volumes.enabled=true of the chart), or set --no-collector.filesystem and --no-collector.volumes',
  yaml: `args: [--path.rootfs=/host/root]
volumeMounts:
  - { name: root, mountPath: /host/root, readOnly: true, mountPropagation: HostToContainer }
volumes:
  - { name: root, hostPath: { path: /, type: Directory } }`,
};

const MOUNT_KUBELET: Remedy = {
  text: 'mount the directory of the kubelet and set --path.kubelet to it (docs/distributions.md)',
  yaml: `volumeMounts:
  - { name: kubelet, mountPath: /var/lib/kubelet, readOnly: true, mountPropagation: HostToContainer }
volumes:
  - { name: kubelet, hostPath: { path: /var/lib/kubelet, type: Directory } }`,
};

const RUN_AS_ROOT: Remedy = {
  text: 'run as user 0; it needs no capability',
  yaml: 'securityContext: { runAsUser: 0, runAsGroup: 0 }',
};

const PROPAGATE: Remedy = {
  text: 'mount the directory of the kubelet with mountPropagation: HostToContainer; / of the node must be a shared mount (mount --make-rshared /)',
  yaml: `volumeMounts:
  - { name: kubelet, mountPath: /var/lib/kubelet, readOnly: true, mountPropagation: HostToContainer }`,
};

const MOUNT_SYSFS: Remedy = { text: 'mount sysfs of the node read-only and set --path.sysfs to it' };

const EFFECT = 'no space of file systems and volumes';

const sysfs: Check = {
  id: 'sysfs',
  about: 'The sysfs of the node is visible.',
  fails: 'It has no devices.',
  scopes: ['node'],
  remedies: [MOUNT_SYSFS],
  find: ({ paths }) => {
    const directory = join(paths.sysfs, 'devices/system');
    return isDirectory(directory)
      ? ok(`${directory} is readable`)
      : failed(`no ${directory}`, MOUNT_SYSFS, 'no numbers of processors and memory modules');
  },
};

const rootfs: Check = {
  id: 'rootfs',
  about: 'The root file system of the node is visible.',
  fails: 'Another one is at `--path.rootfs`, or the mounts of process 1 cannot be read.',
  scopes: ['node'],
  remedies: [MOUNT_ROOT, RUN_AS_ROOT],
  find: ifStorage((facts, mounts) => {
    const { rootfs: path } = facts.paths;
    if (mounts === 'own') return ok('the mounts of the node');
    if (isRootVisible(mounts)) return ok(`${path} is / of the node`);
    if (path === '/') return skipped('/ of the node is not mounted', { effect: EFFECT, remedy: MOUNT_ROOT });
    return typeof mounts === 'string'
      ? failed(`cannot read the mounts of process 1: ${mounts}`, RUN_AS_ROOT, EFFECT)
      : failed(`${path} is not / of the node`, MOUNT_ROOT, EFFECT);
  }),
};

const kubelet: Check = {
  id: 'kubelet-directory',
  about: 'The directory of the kubelet is visible, below which volumes are mounted.',
  fails: 'It does not exist or cannot be read, although / of the node is mounted.',
  scopes: ['node'],
  remedies: [MOUNT_KUBELET, RUN_AS_ROOT],
  find: ifStorage((facts, mounts) => {
    const { paths, kubepods } = facts;
    const directory = join(paths.kubelet, 'pods');
    const unsafe = typeThatMayHang(kubeletMount(facts));
    if (unsafe !== undefined) return skipped(`${paths.kubelet} is on ${unsafe}, which may never answer`);
    try {
      readdirSync(directory);
      return ok(`${directory} is readable`);
    } catch (error) {
      const code = errorCode(error);
      const seen = `cannot read ${directory}: ${code}`;
      if (code === 'EACCES' || code === 'EPERM') return failed(seen, RUN_AS_ROOT, 'no volumes of pods');
      const isWanted = kubepods.length > 0 && (isRootVisible(mounts) || paths.rootfs !== '/');
      const more = { effect: 'no volumes of pods', remedy: MOUNT_KUBELET };
      return isWanted ? failed(seen, MOUNT_KUBELET, more.effect) : skipped(seen, kubepods.length === 0 ? {} : more);
    }
  }),
};

const propagation: Check = {
  id: 'mount-propagation',
  about: 'Volumes that are mounted while the exporter runs become visible to it.',
  fails: 'The mount that has the directory of the kubelet is private, or volumes of pods are not visible.',
  scopes: ['node'],
  remedies: [PROPAGATE],
  find: ifStorage((facts, mounts) => {
    const { paths, collection } = facts;
    if (mounts === 'own') return ok('the mounts of the node');
    const mount = kubeletMount(facts);
    if (typeThatMayHang(mount) !== undefined || !isDirectory(join(paths.kubelet, 'pods')))
      return skipped('the directory of the kubelet is not visible');
    if (collection.hiddenVolumes > 0) {
      return failed(
        `${collection.hiddenVolumes} volumes of pods are not visible`,
        PROPAGATE,
        'no space of these volumes',
      );
    }
    if (mount === undefined) return skipped('the own mounts cannot be read');
    return mount.isPropagated
      ? ok(`the mount at ${mount.mountPoint} receives mounts`)
      : failed(`the mount at ${mount.mountPoint} is private`, PROPAGATE, 'no space of volumes that are mounted later');
  }),
};

/** The type of a file system if it depends on a server or a daemon: to read it could block forever. */
function typeThatMayHang(mount: Mount | undefined): string | undefined {
  return mount === undefined || isLocal(mount.type) ? undefined : mount.type;
}

/** By the facts of an evaluation, because a full node has thousands of mounts to parse. */
const kubeletMounts = new WeakMap<CheckFacts, { readonly mount: Mount | undefined }>();

/** The own mount that has the directory of the kubelet. */
function kubeletMount(facts: CheckFacts): Mount | undefined {
  const known = kubeletMounts.get(facts) ?? { mount: mountAbove(facts.paths.kubelet) };
  kubeletMounts.set(facts, known);
  return known.mount;
}

/** The own mount that has a directory. */
function mountAbove(directory: string): Mount | undefined {
  try {
    const mounts = parseMountinfo(readFileSync('/proc/self/mountinfo'));
    return mountOf(mounts, Buffer.from(directory).toString('latin1'));
  } catch {
    return undefined;
  }
}

/** The mounts of the node, `own` if they are those of the exporter, or the code of the error. */
type SeenMounts = { readonly isRootVisible: boolean } | 'own' | (string & {});

function isRootVisible(mounts: SeenMounts): boolean {
  return mounts === 'own' || (typeof mounts === 'object' && mounts.isRootVisible);
}

type StorageCheck = (facts: CheckFacts, mounts: SeenMounts) => Finding;

/** Skips a check if no collector reads storage. */
function ifStorage(find: StorageCheck): Check['find'] {
  return (facts) => {
    const { collectors, paths } = facts;
    if (!collectors.has('filesystem') && !collectors.has('volumes')) return skipped('no collector reads file systems');
    return find(facts, seenMounts(paths));
  };
}

function seenMounts(paths: CheckFacts['paths']): SeenMounts {
  try {
    const node = readFileSync(join(paths.procfs, '1/mountinfo'));
    const own = readFileSync(join(paths.procfs, 'self/mountinfo'));
    if (paths.rootfs === '/' && node.equals(own)) return 'own';
    const root = mountAt(node, '/');
    const visible = mountAt(own, Buffer.from(paths.rootfs).toString('latin1'));
    // The root of a container may be a directory in the file system of the node.
    return { isRootVisible: root !== undefined && root.device === visible?.device && root.root === visible.root };
  } catch (error) {
    return errorCode(error);
  }
}

/** Checks of file systems and volumes. */
export const storageChecks: readonly Check[] = [sysfs, rootfs, kubelet, propagation];

import { join } from 'node:path';
import { isDirectory, type Hierarchies } from '../kernel/hierarchies.ts';
import { readRegularFile } from '../kernel/regular-file.ts';
import { failed, ok, skipped, type Check, type CheckFacts, type Finding, type Remedy } from './check.ts';

/** The ID of the first check. */
export const LAYOUT = 'cgroup-layout';

/** The remedy where no cgroup is visible. */
export const MOUNT_CGROUPS: Remedy = {
  text: 'mount /sys/fs/cgroup of the node read-only and set --path.cgroup to it',
  yaml: `args: [--path.cgroup=/host/sys/fs/cgroup]
volumeMounts:
  - { name: cgroup, mountPath: /host/sys/fs/cgroup, readOnly: true }
volumes:
  - { name: cgroup, hostPath: { path: /sys/fs/cgroup, type: Directory } }`,
};

const UNMOUNT_STRAY: Remedy = {
  text: 'unmount the stray hierarchy, so that cgroup v2 gets its controllers back, or boot with systemd.unified_cgroup_hierarchy=1',
};

const FREE_CONTROLLER: Remedy = {
  text: 'the cause names it: boot with cgroup_enable=CONTROLLER, set --path.cgroup to the directory of all cgroup mounts, or use a kernel that is configured with it',
};

const PER_QOS: Remedy = { text: 'the kubelet must have cgroupsPerQOS: true' };

const ENABLE_PSI: Remedy = {
  text: 'boot with psi=1, or set --no-collector.pressure',
};

const layout: Check = {
  id: LAYOUT,
  about: 'The cgroup file systems of the node are visible, and every hierarchy that is read has the pods.',
  fails:
    'No cgroup file system is visible, or a controller is in a hierarchy without kubepods, as by a stray v1 mount.',
  scopes: ['node'],
  remedies: [MOUNT_CGROUPS, UNMOUNT_STRAY],
  find: ({ node: { hierarchies, tree }, kubepods: roots }) => {
    const { mode, unifiedControllers } = hierarchies;
    const stray = strayControllers(hierarchies, roots);
    if (stray.length > 0) {
      const seen = `the hierarchy of ${stray.join(', ')} has no kubepods, that at ${tree.directory} has`;
      return failed(seen, UNMOUNT_STRAY, 'no such numbers of pods');
    }
    if (mode !== 'hybrid') return ok(`cgroup ${mode} at ${tree.directory}`);
    const v2 = [...(unifiedControllers ?? [])].join(', ') || 'no controllers';
    return ok(`cgroup v1 at ${tree.directory}, with a v2 mount that has ${v2}`);
  },
};

/** Controllers of cgroup v1 that are read. */
const READ_CONTROLLERS = ['cpu', 'cpuacct', 'memory', 'blkio', 'pids'];

/** Those whose hierarchy has none of the kubepods that another one has. */
function strayControllers({ controllers: mounts }: Hierarchies, roots: readonly string[]): readonly string[] {
  if (roots.length === 0) return [];
  return READ_CONTROLLERS.filter((name) => {
    const mount = mounts.get(name);
    return mount !== undefined && !roots.some((root) => isDirectory(mount + root));
  });
}

const controllers: Check = {
  id: 'cgroup-controllers',
  about: 'A hierarchy has each of the controllers cpu, memory, io and pids.',
  fails: 'No visible hierarchy has one of them, so that its numbers are missing.',
  scopes: ['node'],
  remedies: [FREE_CONTROLLER],
  find: ({ node: { missingControllers = [] } }) => {
    if (missingControllers.length === 0) return ok('cpu, memory, io and pids');
    const seen = missingControllers.map(({ controller, cause }) => `no ${controller} controller: ${cause}`);
    const hints = new Set(missingControllers.map(({ hint }) => hint));
    return failed(seen.join('; '), { text: [...hints].join('; ') });
  },
};

const kubepods: Check = {
  id: 'kubepods',
  about: 'The cgroup of all pods (kubepods) exists.',
  fails: 'Pods are known and kubepods is not visible.',
  scopes: ['node'],
  remedies: [MOUNT_CGROUPS, PER_QOS],
  find: ({ kubepods: roots, source, node: { tree } }) => {
    if (roots.length > 0) return ok(roots.join(', '));
    const effect = 'slices, services and scopes are exported as cgroup_*';
    if (source.index.size === 0) return skipped('no kubepods cgroup', { effect });
    const remedy = { ...MOUNT_CGROUPS, text: `${MOUNT_CGROUPS.text}; ${PER_QOS.text}` };
    return failed(`no kubepods cgroup below ${tree.directory}`, remedy, effect);
  },
};

const pressure: Check = {
  id: 'pressure',
  about: 'The kernel measures pressure (PSI) per cgroup.',
  fails: 'There is a cgroup v2 mount and the kernel has no pressure files.',
  scopes: ['node', 'pod'],
  remedies: [ENABLE_PSI],
  find: findPressure,
};

function findPressure({ node: { hierarchies }, collectors: enabled, paths }: CheckFacts): Finding {
  const { mode, unified } = hierarchies;
  if (!enabled.has('pressure')) return skipped('--no-collector.pressure');
  if (mode === 'none') return skipped('no cgroup is visible');
  const effect = 'no pressure metrics';
  if (unified === undefined) return skipped('no cgroup v2 mount', { effect });
  const files = [join(paths.procfs, 'pressure/cpu'), join(unified, 'cpu.pressure')];
  const readable = files.find(isReadable);
  return readable === undefined ? failed(`cannot read ${files[0]}`, ENABLE_PSI, effect) : ok(`${readable} is readable`);
}

/** With PSI disabled a file may exist and reads fail with EOPNOTSUPP. */
function isReadable(path: string): boolean {
  try {
    return readRegularFile(path).length > 0;
  } catch {
    return false;
  }
}

/** Checks of the cgroups. */
export const cgroupChecks: readonly Check[] = [layout, controllers, kubepods, pressure];

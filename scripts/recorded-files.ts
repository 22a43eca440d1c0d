import { basename, dirname } from 'node:path';
import { controllerOf, KERNEL_FILES } from '../src/kernel/file-table.ts';

/**
 * Files of a recorded node. The recorder writes more files than the exporter reads today, so that a later version can
 * be tested with a recording; a golden node includes those that it reads.
 */

/** Files of the exporter's table, by where they are. */
const TABLE = Object.groupBy(KERNEL_FILES.keys(), (name) => {
  if (name.startsWith('net/')) return 'network';
  return name.includes('/') || !name.includes('.') ? 'host' : 'cgroup';
});

const TABLE_PATTERNS = (TABLE.cgroup ?? []).map((name) => {
  return new RegExp(`^${name.replaceAll('.', '\\.').replace('*', '[^.]+')}$`);
});

/** Of `/proc`. Those outside of the table are read where the node is described. */
export const HOST_FILES: readonly string[] = [
  ...(TABLE.host ?? []),
  '1/mountinfo',
  'diskstats',
  'pressure/io',
  'sys/kernel/random/boot_id',
  'version',
];

/** Of `/proc/<pid>`, for the processes of pods. */
export const PROCESS_FILES: readonly string[] = ['stat', 'limits'];

/** Of `/proc/<pid>/net`, once for each network namespace. */
export const NETWORK_FILES: readonly string[] = (TABLE.network ?? []).map((name) => name.slice('net/'.length));

/** The systemd units of the node daemons. */
const DAEMONS = /\/(?:kubelet|containerd|crio|docker)\.service$/;

/** Whether a golden node includes a file of a cgroup; `path` is below `/sys/fs/cgroup`. */
export function isTrimmedCgroupFile(path: string, version: 'v1' | 'v2'): boolean {
  if (path === 'cgroup.controllers') return true;
  const name = basename(path);
  if (!TABLE_PATTERNS.some((pattern) => pattern.test(name))) return false;
  const [hierarchy = '', ...cgroup] = `${version === 'v1' ? '' : '/'}${dirname(path)}`
    .split('/')
    .filter((part) => part !== '.');
  if (version === 'v1' && !isInHierarchy(name, hierarchy)) return false;
  const isAbovePods = cgroup.length <= 1 && !path.includes('.mount/');
  return isAbovePods || path.includes('kubepods') || DAEMONS.test(dirname(path));
}

/** Whether a v1 hierarchy (`memory`, `cpu,cpuacct`) is where a file is read; every one has the lists of processes. */
function isInHierarchy(name: string, hierarchy: string): boolean {
  const controller = controllerOf(name);
  return controller === 'cgroup' ? hierarchy !== 'systemd' : hierarchy.split(',').includes(controller);
}

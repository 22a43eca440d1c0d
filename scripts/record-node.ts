import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync, type Dirent } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../src/base/error-code.ts';
import { findHierarchies, type NodePaths } from '../src/kernel/hierarchies.ts';
import { readNetworkInode } from '../src/kernel/processes.ts';
import { redactMounts, redactSockets } from './record-redact.ts';
import type { RecordingReport } from './record-report.ts';
import { HOST_FILES, NETWORK_FILES, PROCESS_FILES } from './recorded-files.ts';

/** What every controller reports, whether it is read today or not. */
const CGROUP_FILE = /^(?:cgroup|cpu|cpuacct|memory|io|blkio|pids|hugetlb|misc|rdma|dmem|cpuset|irq)\.[\w.]+$/;

/** Long, and of no use: per CPU or memory node, or again what another file has. */
const UNRECORDED =
  /numa_stat|percpu|slabinfo|\.rsvd\.|^cgroup\.threads$|^memory\.pressure_level$|^cpuset\.(?!cpus\.effective|mems\.effective)/;

/** Hierarchies of v1 that are recorded, by one of their controllers. */
const CONTROLLERS = ['cpu', 'cpuacct', 'memory', 'blkio', 'pids', 'hugetlb'];

/** Of `/proc`, for what a later version may read. */
const MORE_HOST_FILES = ['pressure/cpu', 'pressure/memory', 'pressure/irq', 'swaps', 'vmstat', 'uptime'];

/** Of `/sys`. */
const SYSTEM_FILES = [
  /^devices\/system\/cpu\/cpu\d+\/topology\/(?:physical_package|core|book|drawer)_id$/,
  /^devices\/system\/edac\/mc\/mc\d+\/(?:dimm|rank)\d+\/(?:dimm_mem_type|size)$/,
];
const SYSTEM_FOLDERS = ['devices/system/cpu', 'devices/system/edac/mc'];

const MAX_CGROUPS = 5000;
const MAX_DEPTH = 14;
const MAX_PROCESSES_PER_CGROUP = 100;
/** A mount table is long, and the processes of a container have the same one. */
const MAX_MOUNT_TABLES_PER_CGROUP = 2;

/** What was recorded of a node. */
export interface RecordedTree {
  readonly mode: string;
  /** Milliseconds since 1970; the cgroup files were read between them. */
  readonly begin: number;
  readonly end: number;
  readonly cgroups: number;
  readonly processes: number;
}

/** Copies the files of a node into a folder, where the exporter can read them as it reads a node. */
export class NodeRecorder {
  readonly #paths: NodePaths;
  readonly #target: string;
  readonly #report: RecordingReport;
  /** Processes of pods, and whether their mount table is recorded. */
  readonly #processes = new Map<number, boolean>([[1, false]]);
  /** Contents by path, a character for each byte. Written when everything is read: the less time lies between, the better. */
  readonly #files = new Map<string, string>();
  /** By process, the one whose network files are recorded. */
  readonly #links = new Map<number, number>();
  #cgroups = 0;

  constructor(paths: NodePaths, target: string, report: RecordingReport) {
    this.#paths = paths;
    this.#target = target;
    this.#report = report;
  }

  /** @throws {Error} one line, if there is no cgroup hierarchy. */
  record(): RecordedTree {
    const { mode, controllers, unified } = findHierarchies(this.#paths);
    const begin = Date.now();
    if (unified !== undefined) this.#walk(unified, mode === 'v2' ? '' : 'unified', 0);
    const recorded = CONTROLLERS.flatMap((controller) => controllers.get(controller) ?? []);
    for (const directory of new Set(recorded)) {
      const names = [...controllers].flatMap(([name, own]) => (own === directory ? [name] : []));
      this.#walk(directory, names.join(','), 0);
    }
    const end = Date.now();
    this.#recordProcesses();
    for (const name of [...HOST_FILES, ...MORE_HOST_FILES]) this.#copy(this.#paths.procfs, name, 'proc');
    this.#copy(this.#paths.rootfs, 'etc/os-release', '');
    for (const folder of SYSTEM_FOLDERS) this.#recordSystem(folder);
    for (const [path, content] of this.#files) this.#write(path, content);
    this.#link();
    return { mode, begin, end, cgroups: this.#cgroups, processes: this.#processes.size };
  }

  /** `path` is below `/sys/fs/cgroup`. */
  #walk(directory: string, path: string, depth: number): void {
    if (depth > MAX_DEPTH || this.#cgroups >= MAX_CGROUPS) {
      this.#report.skip('cgroups, because there are too many');
      return;
    }
    this.#cgroups++;
    const entries = entriesIn(directory);
    for (const entry of entries) if (entry.isFile()) this.#recordCgroupFile(directory, entry.name, path);
    for (const entry of entries) {
      if (entry.isDirectory()) this.#walk(join(directory, entry.name), join(path, entry.name), depth + 1);
    }
  }

  #recordCgroupFile(directory: string, name: string, path: string): void {
    if (!CGROUP_FILE.test(name) || UNRECORDED.test(name)) return;
    const content = this.#copy(directory, name, join('sys/fs/cgroup', path));
    if (name === 'cgroup.procs' && /kubepods|[0-9a-f]{64}/.test(directory)) this.#note(content ?? '');
  }

  #note(members: string): void {
    const pids = members
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 0);
    for (const [index, pid] of pids.slice(0, MAX_PROCESSES_PER_CGROUP).entries()) {
      this.#processes.set(pid, this.#processes.get(pid) === true || index < MAX_MOUNT_TABLES_PER_CGROUP);
    }
  }

  /** The files of a network namespace are copied once; its other processes get a link to them. */
  #recordProcesses(): void {
    const { procfs } = this.#paths;
    const owners = new Map<number, number>();
    for (const [pid, withMounts] of this.#processes) {
      const files = withMounts ? [...PROCESS_FILES, 'mountinfo'] : PROCESS_FILES;
      for (const name of files) this.#copy(join(procfs, `${pid}`), name, `proc/${pid}`);
      const namespace = readNetworkInode(procfs, pid);
      if (namespace === undefined) continue;
      this.#files.set(`proc/${pid}/ns.json`, JSON.stringify({ net: `net:[${namespace}]` }));
      const owner = owners.get(namespace);
      if (owner !== undefined) {
        this.#links.set(pid, owner);
        continue;
      }
      owners.set(namespace, pid);
      for (const name of NETWORK_FILES) this.#copy(join(procfs, `${pid}/net`), name, `proc/${pid}/net`);
    }
  }

  #recordSystem(folder: string): void {
    const { sysfs } = this.#paths;
    const files = [folder].flatMap(children(sysfs)).flatMap(children(sysfs)).flatMap(children(sysfs));
    for (const path of files) {
      if (SYSTEM_FILES.some((pattern) => pattern.test(path))) this.#copy(sysfs, path, 'sys');
    }
  }

  /** Copies a file if there is one and it may be read; returns its content, a character for each byte. */
  #copy(from: string, name: string, to: string): string | undefined {
    const source = join(from, name);
    let content: string;
    try {
      // Files that can only be written are none of ours.
      if ((statSync(source).mode & 0o444) === 0) return undefined;
      content = readFileSync(source, 'latin1');
    } catch (error) {
      const code = errorCode(error);
      if (code !== 'ENOENT' && code !== 'ENOTDIR') this.#report.skip(`${basename(name)}: ${code}`);
      return undefined;
    }
    this.#files.set(join(to, name), this.#redacted(basename(name), content));
    return content;
  }

  #redacted(name: string, content: string): string {
    if (name === 'mountinfo') return redactMounts(content, this.#report);
    return name === 'tcp' || name === 'tcp6' ? redactSockets(content, this.#report) : content;
  }

  #link(): void {
    for (const [pid, owner] of this.#links) {
      mkdirSync(join(this.#target, `proc/${pid}`), { recursive: true });
      symlinkSync(`../${owner}/net`, join(this.#target, `proc/${pid}/net`));
    }
  }

  #write(path: string, content: string): void {
    const file = join(this.#target, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, 'latin1');
  }
}

function entriesIn(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Returns the paths of what a folder below `top` has. */
function children(top: string): (folder: string) => string[] {
  return (folder) => entriesIn(join(top, folder)).map(({ name }) => `${folder}/${name}`);
}

import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { FileReader } from '../../../src/kernel/file-reader.ts';
import type { ContainerCgroup, PodCgroup } from '../../../src/node/cgroup-tree.ts';
import { ProcessSandboxFinder, type ReportedContainer } from '../../../src/node/sandbox.ts';
import { fileTree, type Files } from '../kernel/file-tree.ts';

export interface Process {
  readonly pid: number;
  readonly name?: string;
  /** Clock ticks since boot; a process without is gone. */
  readonly start?: number;
  /** False for one that ended and was not waited for. */
  readonly network?: boolean;
}

/** A status with a container that was not started yet, and no status at all. */
export const STATUS: readonly ReportedContainer[] = [{}];
export const UNKNOWN: readonly ReportedContainer[] = [];

function container(id: string): ContainerCgroup {
  return { id, path: `/pod/${id}` };
}

/** Of a runtime that may run pods without a sandbox. */
export const CRIO_A: ContainerCgroup = { id: 'a', path: '/pod/crio-a.scope' };
export const CRIO_B: ContainerCgroup = { id: 'b', path: '/pod/crio-b.scope' };

export const [A, B, C] = ['a', 'b', 'c'].map(container) as [ContainerCgroup, ContainerCgroup, ContainerCgroup];

export function pod(containers: readonly ContainerCgroup[]): PodCgroup {
  return { uid: 'uid', path: '/pod', qos: 'Burstable', containers };
}

export function processFiles(processes: readonly Process[]): Files {
  const living = processes.filter(({ start }) => start !== undefined);
  return Object.fromEntries(
    living.flatMap(({ pid, name = 'app', start, network = true }) => [
      [`proc/${pid}/stat`, `${pid} (${name}) S 1 7 7 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 ${start} 100 20\n`],
      ...(network ? [[`proc/${pid}/net/dev`, '']] : []),
    ]),
  ) as Files;
}

export function alive(...pids: readonly number[]): readonly Process[] {
  return pids.map((pid) => ({ pid, start: pid }));
}

export interface Node {
  readonly root: string;
  readonly sandboxes: ProcessSandboxFinder;
  readonly inode: (pid: number) => number;
}

/** A node with these processes, and their numbers in cgroups by the cgroup's path. */
export function node(
  t: TestContext,
  processes: readonly Process[],
  cgroups: Readonly<Record<string, readonly number[]>>,
): Node {
  const members = Object.entries(cgroups).map(([path, pids]) => [
    `cgroup${path}/cgroup.procs`,
    pids.map((pid) => `${pid}\n`).join(''),
  ]);
  const root = fileTree(t, { ...processFiles(processes), ...(Object.fromEntries(members) as Files) });
  const paths = { procfs: join(root, 'proc'), cgroups: () => join(root, 'cgroup') };
  return {
    root,
    sandboxes: new ProcessSandboxFinder(paths, new FileReader({ maxCachedDescriptors: 0 })),
    inode: (pid) => statSync(join(root, `proc/${pid}/net/dev`)).ino,
  };
}

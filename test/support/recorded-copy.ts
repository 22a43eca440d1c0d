import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openPodSource } from '../../src/pods/open-source.ts';
import type { PodIndex } from '../../src/pods/pod-index.ts';
import type { RecordedNode } from './recorded-node.ts';
import { silentLog } from './log-record.ts';

/** A copy of a recorded node, of which files may be damaged. */
export interface RecordedCopy {
  readonly cgroup: string;
  readonly procfs: string;
  readonly podsFile: string;
  readonly index: PodIndex;
  readonly version: 'v1' | 'v2';
  /** Absolute path of a cgroup's file, in the v1 hierarchy of its controller or on v2; `undefined` if there is none. */
  file(cgroup: string, name: string): string | undefined;
  /** Removes a cgroup, in every hierarchy. */
  removeCgroup(path: string): void;
  remove(): void;
}

/** Copies a recorded node into a temporary folder that everybody may read. */
export async function copyRecorded({ folder, nodeName }: RecordedNode): Promise<RecordedCopy> {
  const copy = mkdtempSync(join(tmpdir(), 'pod-exporter-recorded-'));
  chmodSync(copy, 0o755);
  // Verbatim, because a link would otherwise lead back to the original.
  cpSync(join(folder, 'node'), copy, { recursive: true, verbatimSymlinks: true });
  const podsFile = join(copy, 'pods.json');
  cpSync(join(folder, 'pods.json'), podsFile);
  const cgroup = join(copy, 'sys/fs/cgroup');
  const version = existsSync(join(cgroup, 'cgroup.controllers')) ? 'v2' : 'v1';
  const mounts = version === 'v2' ? [''] : readdirSync(cgroup);
  return {
    cgroup,
    procfs: join(copy, 'proc'),
    podsFile,
    index: await indexOf(podsFile, nodeName),
    version,
    file(path, name) {
      const file = join(cgroup, version === 'v2' ? '' : hierarchyOf(name, mounts), path, name);
      return existsSync(file) ? file : undefined;
    },
    removeCgroup(path) {
      for (const mount of mounts) rmSync(join(cgroup, mount, path), { recursive: true, force: true });
    },
    remove: () => rmSync(copy, { recursive: true, force: true }),
  };
}

/** The index of the pods of a node in a file. */
export async function indexOf(podsFile: string, nodeName: string): Promise<PodIndex> {
  const options = {
    pods: `file:${podsFile}`,
    nodeName,
    podLabels: [],
    podAnnotations: [],
    environment: {},
    log: silentLog,
  };
  const source = await openPodSource(options);
  await source.start();
  await source.stop();
  return source.index;
}

/** Where v1 keeps a file: the controller is the first part of its name; processes are looked up beside the threads. */
function hierarchyOf(file: string, mounts: readonly string[]): string {
  if (file.endsWith('.pressure')) return 'unified';
  const controller = file.startsWith('cgroup.') ? 'pids' : file.split('.', 1)[0];
  return mounts.find((mount) => mount.split(',').includes(controller ?? '')) ?? 'unified';
}

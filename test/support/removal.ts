import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { mountedHierarchies } from './cgroup-mounts.ts';
import { isOrphan } from './owner.ts';
import { equals, until } from './until.ts';

/**
 * Kills every process in the cgroup folder `path` and below, in each mounted hierarchy, and removes the folders.
 * `path` is relative to the mount points.
 */
export async function removeCgroup(path: string): Promise<void> {
  const folders = mountedHierarchies().map((hierarchy) => join(hierarchy.path, path));
  const busy = (): readonly string[] => {
    for (const folder of folders) killBelow(folder);
    return folders.filter((folder) => !removeFolders(folder));
  };
  await until(`removal of cgroup ${path}`, busy, equals([]));
}

/** Removes a stand-in tree by its name: cgroups, the processes in them, and its temporary folder. */
export async function removeTree(name: string): Promise<void> {
  await removeCgroup(name);
  await rm(join(tmpdir(), name), { recursive: true, force: true });
}

/** Removes the stand-in trees whose owner does not run any more; returns their names. */
export async function removeLeftovers(): Promise<readonly string[]> {
  const places = [tmpdir(), ...mountedHierarchies().map((hierarchy) => hierarchy.path)];
  const orphans = new Set(places.flatMap((place) => readdirSync(place)).filter(isOrphan));
  for (const name of orphans) await removeTree(name);
  return [...orphans];
}

function killBelow(folder: string): void {
  for (const child of childFolders(folder)) killBelow(child);
  for (const line of linesOf(join(folder, 'cgroup.procs'))) {
    const pid = Number(line);
    // 0 is a process of another PID namespace, and would signal our own process group.
    if (pid > 0 && pid !== process.pid) kill(pid);
  }
}

/** Whether the folder does not exist any more. */
function removeFolders(folder: string): boolean {
  const gone = childFolders(folder).map(removeFolders);
  if (!gone.every((childGone) => childGone)) return false;
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EBUSY') return false;
    if (codeOf(error) === 'ENOENT') return true;
    throw error;
  }
}

function childFolders(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'latin1').split('\n');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENODEV') return [];
    throw error;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

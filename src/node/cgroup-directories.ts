import { readdirSync, statSync } from 'node:fs';
import { nameOfBytes, systemPath } from '../kernel/path-names.ts';
import { readRegularFile } from '../kernel/regular-file.ts';

/** Reads `cgroup.procs`, one PID per line; empty if the file cannot be read. */
export function readCgroupProcs(directory: string): string {
  try {
    return readRegularFile(`${directory}/cgroup.procs`).toString('latin1');
  } catch {
    return '';
  }
}

/** Link count of a directory without subdirectories; file systems that do not count links report 1. */
export const LEAF_LINKS = 2;

/** Whether a directory has no subdirectories. */
export function isLeaf(directory: string): boolean {
  return statSync(systemPath(directory), { throwIfNoEntry: false })?.nlink === LEAF_LINKS;
}

/** What Node puts in place of bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

/**
 * Lists the names of subdirectories in alphabetical order, with bytes that are not UTF-8 as in {@link nameOfBytes}; empty
 * if the directory cannot be read.
 */
export function listDirectories(directory: string): string[] {
  try {
    const path = systemPath(directory);
    const entries = readdirSync(path, { withFileTypes: true });
    const names = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
    return (names.some((name) => name.includes(REPLACEMENT)) ? listBytes(path) : names).toSorted();
  } catch {
    return [];
  }
}

function listBytes(path: string | Buffer): string[] {
  const entries = readdirSync(path, { withFileTypes: true, encoding: 'buffer' });
  return entries.flatMap((entry) => (entry.isDirectory() ? [nameOfBytes(entry.name)] : []));
}

/** Lists the names in a directory; `undefined` if it is gone. */
export function namesIn(directory: string): string[] | undefined {
  try {
    return readdirSync(systemPath(directory));
  } catch {
    return undefined;
  }
}

/** Directories of the cgroups below `directory`, those closest to it first. The caller bounds the search. */
export function* cgroupsBelow(directory: string): Generator<string, void, undefined> {
  const pending = [directory];
  for (let parent = pending.shift(); parent !== undefined; parent = pending.shift()) {
    if (isLeaf(parent)) continue;
    for (const name of listDirectories(parent)) {
      const child = `${parent}/${name}`;
      yield child;
      pending.push(child);
    }
  }
}

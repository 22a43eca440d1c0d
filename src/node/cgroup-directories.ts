import { readdirSync, statSync } from 'node:fs';
import { readRegularFile } from '../kernel/regular-file.ts';

/** Reads `cgroup.procs`, one PID per line; empty if the file cannot be read. */
export function readCgroupProcs(directory: string): string {
  try {
    return readRegularFile(`${directory}/cgroup.procs`).toString('latin1');
  } catch {
    return '';
  }
}

/** Whether a directory has no subdirectories. It then has link count 2; file systems that do not count links report 1. */
export function isLeaf(directory: string): boolean {
  return statSync(directory, { throwIfNoEntry: false })?.nlink === 2;
}

/** Lists the names of subdirectories in alphabetical order; empty if the directory cannot be read. */
export function listDirectories(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted();
  } catch {
    return [];
  }
}

/** Lists the names in a directory; `undefined` if it is gone. */
export function namesIn(directory: string): string[] | undefined {
  try {
    return readdirSync(directory);
  } catch {
    return undefined;
  }
}

import { errorCode } from '../base/error-code.ts';
import type { FileReader } from '../kernel/file-reader.ts';
import { cgroupsBelow, isLeaf } from '../node/cgroup-directories.ts';
import type { FilePlan } from '../plan/plan.ts';

interface SummingContext {
  readonly reader: FileReader;
  /** Path of the file called `name` of the cgroup that is being read; with an empty name, of its directory. */
  path(file: FilePlan, name: string): string | undefined;
  /** Counts a failed read. */
  fail(code: string): void;
}

/** Bounds the reads for a container that creates cgroups without end; systemd in a container creates fewer than 100. */
const MAX_SUB_CGROUPS = 500;

/** A cgroup that was removed meanwhile, or a threaded one, whose processes are listed in the cgroup above it. */
const SKIPPED = new Set(['ENOENT', 'ENODEV', 'EOPNOTSUPP']);

/**
 * Adds the numbers that `file` has in the cgroups below the one that is being read. crun keeps processes in
 * `container`, systemd in `init.scope` and in slices of its own. Without sub-cgroups this costs one `stat`. The numbers
 * become NaN if there are more than {@link MAX_SUB_CGROUPS}.
 */
export function addSubCgroups(file: FilePlan, numbers: Float64Array, context: SummingContext): void {
  const directory = context.path(file, '');
  if (directory === undefined || isLeaf(directory)) return;
  const totals = file.slots.map((slot) => numbers[slot] as number);
  const below = subCgroups(directory);
  if (below === undefined) totals.fill(Number.NaN);
  for (const child of below ?? []) {
    if (!readSubCgroup(file, child, numbers, context)) continue;
    for (const [index, slot] of file.slots.entries())
      totals[index] = (totals[index] as number) + (numbers[slot] as number);
  }
  for (const [index, slot] of file.slots.entries()) numbers[slot] = totals[index] as number;
}

/**
 * Directories of the cgroups below `directory`, all with a trailing slash; `undefined` if there are more than
 * {@link MAX_SUB_CGROUPS}.
 */
export function subCgroups(directory: string): readonly string[] | undefined {
  const found = cgroupsBelow(directory.replace(/\/$/, '')).take(MAX_SUB_CGROUPS + 1);
  const directories = [...found].map((child) => `${child}/`);
  return directories.length > MAX_SUB_CGROUPS ? undefined : directories;
}

/** False if the cgroup has no numbers. */
function readSubCgroup(file: FilePlan, directory: string, numbers: Float64Array, context: SummingContext): boolean {
  try {
    const length = context.reader.read(`${directory}${file.names[0]}`);
    const fault = file.parse?.(context.reader.bytes, length, numbers);
    if (fault !== undefined) context.fail(fault);
    return fault === undefined;
  } catch (error) {
    const code = errorCode(error);
    if (!SKIPPED.has(code)) context.fail(code);
    return false;
  }
}

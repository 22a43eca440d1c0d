import { join } from 'node:path';
import type { Hierarchies } from './hierarchies.ts';
import { readRegularFile } from './regular-file.ts';

/** A controller that no hierarchy has, so that its numbers are missing. */
export interface MissingController {
  /** The name in cgroup v2. */
  readonly controller: string;
  readonly cause: string;
  readonly hint: string;
  /** The kernel has it, in a hierarchy that is not mounted here. */
  readonly isHidden: boolean;
}

/** The controllers of most numbers, by their names in v2 and v1. */
const CONTROLLERS = [
  ['cpu', 'cpu'],
  ['memory', 'memory'],
  ['io', 'blkio'],
  ['pids', 'pids'],
] as const;

/** Finds controllers that neither a v1 hierarchy nor the v2 mount has, and reads the cause in `/proc/cgroups`. */
export function findMissingControllers(
  { mode, controllers, unifiedControllers }: Hierarchies,
  procfs: string,
): readonly MissingController[] {
  if (mode === 'none' || (mode === 'v2' && unifiedControllers === undefined)) return [];
  const missing = CONTROLLERS.filter(([v2, v1]) => !controllers.has(v1) && unifiedControllers?.has(v2) !== true);
  if (missing.length === 0) return [];
  const states = readStates(procfs);
  return missing.map(([controller, v1]) => {
    const isEnabled = states.get(v1);
    return { controller, ...causeOf(isEnabled, controller), isHidden: isEnabled === true };
  });
}

function causeOf(isEnabled: boolean | undefined, controller: string): Pick<MissingController, 'cause' | 'hint'> {
  if (isEnabled === false) {
    return { cause: 'disabled on the kernel command line', hint: `boot with cgroup_enable=${controller}` };
  }
  if (isEnabled === true) {
    return { cause: 'no visible mount has it', hint: 'set --path.cgroup to the directory of all cgroup mounts' };
  }
  return { cause: 'not in the kernel', hint: 'use a kernel that is configured with it' };
}

/**
 * Whether each controller is enabled, by its name in v1.
 *
 *     #subsys_name	hierarchy	num_cgroups	enabled
 *     memory	0	87	1
 */
function readStates(procfs: string): ReadonlyMap<string, boolean> {
  let content: string;
  try {
    content = readRegularFile(join(procfs, 'cgroups')).toString('latin1');
  } catch {
    return new Map();
  }
  const lines = content.split('\n').map((line) => line.split('\t'));
  return new Map(lines.flatMap(([name = '', , , enabled]) => (enabled === undefined ? [] : [[name, enabled === '1']])));
}

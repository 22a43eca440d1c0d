import { controllerOf } from '../kernel/file-table.ts';
import type { Field, Origins, Source } from '../metrics/row.ts';
import { namesOf } from './reading-builder.ts';

/** The controllers of a node on which v1 hierarchies and a v2 mount are used beside each other. */
export interface SplitControllers {
  readonly v1: ReadonlySet<string>;
  readonly v2: ReadonlySet<string>;
}

/** Properties of the kernel that determine where a number is read. */
export interface VersionTraits {
  readonly version: 'v1' | 'v2';
  /** Absent if there are no controllers in a v2 mount beside v1. */
  readonly split?: SplitControllers;
}

/** Where a number is read. */
export interface ChosenSource {
  readonly source: Source;
  /** Whether it is read in the v2 mount although the node has v1 hierarchies. */
  readonly inUnified: boolean;
}

/**
 * Numbers of `cpu.stat` that the kernel has in every v2 cgroup, whichever hierarchy has the cpu controller.
 * https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
 */
const ALWAYS_THERE = new Set(['usage_usec', 'user_usec', 'system_usec', 'nice_usec']);

/** Controllers of files that do not depend on one. */
const ANY_HIERARCHY = new Set(['', 'cgroup', 'unified']);

/** Chooses the version of a row whose hierarchy has the controller; `undefined` if the kernel does not have the number. */
export function chooseOrigin(origins: Origins, { version, split }: VersionTraits): ChosenSource | undefined {
  if (split !== undefined) return chooseHierarchy(origins, split);
  const source = origins[version];
  return source === 'absent' ? undefined : { source, inUnified: false };
}

function chooseHierarchy({ v1, v2 }: Origins, split: SplitControllers): ChosenSource | undefined {
  if (v1 !== 'absent' && isIn(split.v1, v1)) return { source: v1, inUnified: false };
  if (v2 === 'absent') return undefined;
  const isThere = isIn(split.v2, v2) || (v1 !== 'absent' && ALWAYS_THERE.has(v2.key ?? ''));
  return isThere ? { source: v2, inUnified: true } : undefined;
}

function isIn(controllers: ReadonlySet<string>, field: Field): boolean {
  return namesOf(field).every((name) => {
    const controller = controllerOf(name);
    return ANY_HIERARCHY.has(controller) || controllers.has(controller);
  });
}

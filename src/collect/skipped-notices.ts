import type { Notice } from '../snapshot/snapshot.ts';

/** Notices of cgroups that a walk found and that are not measured, one per cause. */
export function skippedNotices(nestedNodes: readonly string[], duplicates: number): readonly Notice[] {
  const [first] = nestedNodes;
  const notices: Notice[] = [];
  if (first !== undefined) {
    const cause = 'this machine has pods of its own';
    const hint = 'run an exporter in each of these nodes';
    const fields = { count: nestedNodes.length, example: first, cause, hint };
    notices.push({ message: 'skipped nodes in containers', fields });
  }
  if (duplicates > 0) {
    const cause = 'left by another cgroup driver, or made by a user of the node or in a container';
    notices.push({ message: 'skipped duplicate cgroups of pods and containers', fields: { count: duplicates, cause } });
  }
  return notices;
}

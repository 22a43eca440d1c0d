import { MOUNT_CGROUPS, LAYOUT } from './cgroup-checks.ts';
import type { CheckResult } from './check.ts';
import { CREDENTIALS, METADATA } from './name-checks.ts';

/** The only result where no cgroup is visible, so that no exporter can be opened. */
export function unusableCgroups(reason: string): CheckResult {
  return { id: LAYOUT, state: 'failed', seen: reason, remedy: MOUNT_CGROUPS };
}

/** The result where the configured pod metadata source cannot be opened. */
export function unusableSource(reason: string): CheckResult {
  return { id: METADATA, state: 'failed', seen: reason, remedy: CREDENTIALS };
}

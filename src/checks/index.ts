import { cgroupChecks } from './cgroup-checks.ts';
import type { Check } from './check.ts';
import { engineChecks } from './engine-checks.ts';
import { nameChecks } from './name-checks.ts';
import { ownChecks } from './own-checks.ts';
import { podChecks } from './pod-checks.ts';
import { processChecks } from './process-checks.ts';
import { storageChecks } from './storage-checks.ts';

/** Every check, in the order of the output and of docs/checks.md. */
export const allChecks: readonly Check[] = [
  ...cgroupChecks,
  ...processChecks,
  ...podChecks,
  ...nameChecks,
  ...engineChecks,
  ...storageChecks,
  ...ownChecks,
];

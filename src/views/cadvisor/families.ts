import { cadvisorCpu } from './cpu-families.ts';
import type { CadvisorFamily } from './family.ts';
import { cadvisorIo } from './io-families.ts';
import { cadvisorMemory } from './memory-families.ts';
import { cadvisorProcesses } from './process-families.ts';
import { cadvisorSpec } from './spec-families.ts';

/** The families with a series for each cgroup, in the order of the exposition. */
export const cadvisorFamilies: readonly CadvisorFamily[] = [
  ...cadvisorCpu,
  ...cadvisorMemory,
  ...cadvisorIo,
  ...cadvisorProcesses,
  ...cadvisorSpec,
];

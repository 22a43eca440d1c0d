import { collectors, type CollectorName } from '../../metrics/index.ts';
import type { FamilyPlan } from '../../plan/plan.ts';

/** The numbers of a pod or container by section and field, as the document has them. */
export type Sections = Record<string, unknown>;

/** The collectors whose numbers are of pods: those that read cgroups, networks or volumes. */
export const POD_COLLECTORS: readonly CollectorName[] = collectors
  .filter(({ name, cgroup, network, usage }) => (cgroup ?? network ?? usage) !== undefined || name === 'volumes')
  .map(({ name }) => name);

/** Fields of which the series has no unit in its name, as in cAdvisor. */
const WITH_UNIT: Readonly<Record<string, string>> = {
  'memory.rss': 'rss_bytes',
  'memory.cache': 'cache_bytes',
  'memory.mapped_file': 'mapped_file_bytes',
  'memory.swap': 'swap_bytes',
};

/** Where the document has the numbers of a family. */
export interface Address {
  readonly section: string;
  readonly field: string;
}

/**
 * The address of a family; that of a network namespace is named like one of its container. The section is the collector, or `network` for everything that is read in the network
 * namespace; the field is the name of the series without level and section.
 */
export function addressOf({ name, level, collector }: Pick<FamilyPlan, 'name' | 'level' | 'collector'>): Address {
  const prefixOfLevel = level === 'netns' ? 'container_' : `${level}_`;
  const bare = name.slice(prefixOfLevel.length);
  const section = bare.startsWith('network_') ? 'network' : collector.replaceAll('-', '_');
  const prefix = section === 'io' ? 'fs_' : `${section}_`;
  const field = bare.startsWith(prefix) ? bare.slice(prefix.length) : bare;
  return { section, field: WITH_UNIT[`${section}.${field}`] ?? field };
}

/** The field in which a section has the items of a label, and the label: `devices`, each with a `device`. */
export function itemsOf({ by: [label = ''] = [] }: Pick<FamilyPlan, 'by'>): {
  readonly items: string;
  readonly label: string;
} {
  return { items: `${label}s`, label };
}

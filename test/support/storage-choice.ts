import type { StorageChoice } from '../../src/scrape/node-tables.ts';

/** What of a node's storage is exported unless the command line says otherwise. */
export const STORAGE: StorageChoice = { partitions: false, excludedDisks: /^(?:z?ram|loop|fd)\d+$/ };

import type { Snapshot } from '../snapshot/snapshot.ts';

/** Numbers of subjects by family: those of a snapshot, or rates between two. */
export type NumberSource = Pick<Snapshot, 'families' | 'columns' | 'lists' | 'succeeded'>;

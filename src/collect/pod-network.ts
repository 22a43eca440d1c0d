import { FileStatuses, type RetainedState } from './target.ts';

/** What is kept of a network namespace between scrapes: neither descriptors nor numbers. */
export class PodNetwork extends FileStatuses implements RetainedState {
  readonly numbers = new Float64Array(0);
  scrape = 0;
  pid: number | undefined;

  cachedFile(): never {
    throw new Error('a descriptor below /proc/<pid>/net would pin the namespace of a deleted pod');
  }
}

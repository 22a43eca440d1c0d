import { FileStatuses, type RetainedState } from './target.ts';

/** What is kept of a network namespace between scrapes: neither descriptors nor numbers. */
export class PodNetwork extends FileStatuses implements RetainedState {
  readonly numbers = new Float64Array(0);
  scrape = 0;
  pid: number | undefined;

  directory(): never {
    throw new Error('files of a process are read by path');
  }
}

/**
 * Asks file systems in a process of its own: a call that never comes back keeps one of its threads and none of the
 * exporter's. Started by `statfs-guard.ts`, which sends paths and gets answers.
 */
import { statfs } from 'node:fs';
import { errorCode } from '../../base/error-code.ts';
import { pathBytes, spaceOf, type SpaceAnswer } from './statfs.ts';

/** A question, and its answer; `path` is latin1. */
export interface Question {
  readonly id: number;
  readonly path: string;
}

export interface Answer {
  readonly id: number;
  readonly answer: SpaceAnswer;
}

process.on('message', ({ id, path }: Question) => {
  statfs(pathBytes(path), (error, stats) => {
    const answer = error === null ? spaceOf(stats) : { code: errorCode(error) };
    process.send?.({ id, answer } satisfies Answer);
  });
});

// An ordinary exit would wait for threads that never come back.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

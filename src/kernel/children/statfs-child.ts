/**
 * Asks file systems in a process of its own: a call that never comes back keeps one of its threads and none of the
 * exporter's. Started by `statfs-guard.ts`, which sends paths and gets answers.
 */
import { statfs } from 'node:fs';
import { errorCode } from '../../base/error-code.ts';
import { pathBytes, toFileSystemSpace, type SpaceResult } from './statfs.ts';

/** A question, and its answer; `path` is latin1. */
export interface StatfsRequest {
  readonly id: number;
  readonly path: string;
}

export interface StatfsResponse {
  readonly id: number;
  readonly result: SpaceResult;
}

process.on('message', ({ id, path }: StatfsRequest) => {
  statfs(pathBytes(path), (error, stats) => {
    const result = error === null ? toFileSystemSpace(stats) : { code: errorCode(error) };
    process.send?.({ id, result } satisfies StatfsResponse);
  });
});

// An ordinary exit would wait for threads that never come back.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

/**
 * The child process that calls statfs: a stuck call blocks a thread of the child, not of the exporter. Started by
 * `statfs-guard.ts`.
 */
import { statfs } from 'node:fs';
import { errorCode } from '../../base/error-code.ts';
import { pathBytes, toFileSystemSpace, type SpaceResult } from './statfs.ts';

/** `path` is latin1. */
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

// A regular exit would wait for stuck threads.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

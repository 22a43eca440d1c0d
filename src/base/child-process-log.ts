import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { basename } from 'node:path';
import type { Log } from './log.ts';

/**
 * Logs every child process that is started from now on, with its program only: arguments and environment may hold
 * secrets, such as those of a credential plugin.
 *
 * https://nodejs.org/docs/latest-v24.x/api/diagnostics_channel.html#child-process
 */
export function logChildProcesses(log: Pick<Log, 'debug'>): void {
  subscribe('child_process', (message) => {
    const { process: child } = message as { readonly process: ChildProcess };
    child.once('spawn', () => {
      const { pid, spawnfile } = child;
      log.debug('started a child process', { pid, program: basename(spawnfile) });
      child.once('exit', (code, signal) => log.debug('child process exited', { pid, code: signal ?? code }));
    });
  });
}

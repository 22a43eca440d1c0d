import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A process that outlives this one and removes what it left. */
export interface Guard {
  /** Ends it, when there is nothing left to remove. */
  dismiss(): void;
}

/**
 * Starts a shell that waits until this process has exited, for whatever reason (the pipe between them closes),
 * and then removes the trees of owners that do not run any more.
 */
export function startGuard(): Guard {
  const program = fileURLToPath(new URL('remove-leftovers.ts', import.meta.url));
  const script = 'read -r _; exec "$0" "$1"';
  const guard = spawn('sh', ['-c', script, process.execPath, program], {
    detached: true,
    env: { PATH: process.env['PATH'] },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  return { dismiss: () => void guard.kill('SIGKILL') };
}

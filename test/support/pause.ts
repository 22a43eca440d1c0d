import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Argv } from './workloads.ts';

/**
 * Makes a program called `pause` in `folder`, which sleeps forever: the kernel takes a process's command name
 * from the file that was executed, a script's included. It reads a FIFO that has no writer, so it needs no child.
 */
export function makePause(folder: string): Argv {
  const program = join(folder, 'pause');
  const fifo = join(folder, 'silence');
  execFileSync('mkfifo', [fifo]);
  writeFileSync(program, '#!/bin/sh\nread -r _ <> "$1"\n', { mode: 0o755 });
  return [program, fifo];
}

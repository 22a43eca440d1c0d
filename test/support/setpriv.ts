import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Argv } from './workloads.ts';

/** Becomes the user that the program runs as on a node, and gives up every capability for good. */
export const SETPRIV: Argv =
  'setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all'.split(' ');

/** Why the exporter cannot be run so, in words for a skipped test; `undefined` when it can. */
export function whyNoSetpriv(): string | undefined {
  const [program = '', ...args] = SETPRIV;
  if (spawnSync(program, [...args, 'true']).status !== 0) return 'needs setpriv (util-linux)';
  const source = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const readable = [source, process.execPath].every(
    (path) => spawnSync(program, [...args, 'test', '-r', path]).status === 0,
  );
  return readable ? undefined : 'needs a source tree and a Node.js that everybody may read';
}

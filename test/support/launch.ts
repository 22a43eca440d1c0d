import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

import type { CgroupTree } from './cgroups.ts';
import { orGiveUp } from './until.ts';

/** Where a process finds its network: the machine's, a new namespace, or that of another process. */
export type NetworkOf = 'host' | 'new' | number;

/** What to start and where. */
export interface Launch {
  readonly cgroup: string;
  readonly network: NetworkOf;
  /** Program and arguments; it runs without input and output. */
  readonly argv: readonly string[];
}

/** A process in its cgroup and network namespace. */
export interface Launched {
  readonly pid: number;
  readonly child: ChildProcess;
}

/** For a shell: moves itself into the cgroup whose files come before `--`, and drops these arguments. */
export const ENTER_CGROUP = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 1; shift; done; shift';

/** Moves itself into the cgroup, prints `ready`, and becomes the program. */
const ENTER = `${ENTER_CGROUP}; echo ready; exec "$@" > /dev/null 2>&1`;

/**
 * Starts a process in a cgroup and a network namespace; resolves once it is in both.
 * Its process ID is that of the program itself. Throws when it cannot get there.
 */
export async function launch(tree: CgroupTree, start: Launch): Promise<Launched> {
  const enter = ['sh', '-c', ENTER, 'enter', ...tree.procsFiles(start.cgroup), '--', ...start.argv];
  const [program = 'sh', ...args] = [...networkPrefix(start.network), ...enter];
  const child = spawn(program, args, {
    detached: true,
    // The test runner's variables would make a Node.js program report to it.
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.unref();
  await once(child, 'spawn');
  const output = await orGiveUp(`start of ${start.argv.join(' ')}`, text(child.stdout));
  if (output !== 'ready\n' || child.pid === undefined) {
    throw new Error(`cannot start ${start.argv.join(' ')}: ${await text(child.stderr)}`);
  }
  return { pid: child.pid, child };
}

function networkPrefix(network: NetworkOf): readonly string[] {
  if (network === 'host') return [];
  return network === 'new' ? ['unshare', '--net'] : ['nsenter', `--net=/proc/${network}/ns/net`];
}

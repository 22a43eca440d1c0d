import { spawn, type ChildProcess } from 'node:child_process';

/** Either kind of address can be imported; run can be a file alone. */
const ARGUMENTS = ['--input-type=module', '--eval', 'await import(process.argv[1])'];

/** How a program is started. */
export interface ChildOptions {
  /** Of node. */
  readonly flags: readonly string[];
  /** All that it has of an environment: nothing of ours that is secret is its business. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Starts a program in a process of its own that keeps nobody from ending, with a channel for messages. In the bundle,
 * which is one file, its address is itself the program; see scripts/bundle.ts.
 */
export function startChild(program: URL, { flags, environment }: ChildOptions): ChildProcess {
  const child = spawn(process.execPath, [...flags, ...ARGUMENTS, program.href], {
    env: environment,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.unref();
  child.channel?.unref();
  return child;
}

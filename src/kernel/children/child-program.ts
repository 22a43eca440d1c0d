import { spawn, type ChildProcess } from 'node:child_process';

/** `import` accepts `file:` and `data:` URLs; node itself runs only files. */
const ARGUMENTS = ['--input-type=module', '--eval', 'await import(process.argv[1])'];

/** How a child process is started. */
export interface ChildOptions {
  /** Command-line flags of node. */
  readonly flags: readonly string[];
  /** The complete environment. The child does not inherit secrets of the exporter. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Starts a program in a child process with an IPC channel. The child does not keep the exporter alive. In the bundle,
 * which is one file, `program` is a `data:` URL; see scripts/bundle.ts.
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

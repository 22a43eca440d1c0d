import { errorReason } from './base/error-code.ts';
import { logChildProcesses } from './base/child-process-log.ts';
import { openStandardError } from './base/log-destination.ts';
import { openLog } from './base/log.ts';
import { print } from './base/standard-output.ts';
import { readCommandLine } from './command-line.ts';
import { FAILURE, SUCCESS } from './commands/command.ts';
import { readConfig } from './config.ts';
import { ConfigError } from './flag-values.ts';
import { unknownVariables } from './unknown-variables.ts';

/** Exit code for a command line or an environment that cannot be used. */
const USAGE = 2;

/** Milliseconds after the command within which the process exits. */
const MAX_EXIT_MS = 1000;

const standardError = openStandardError();

/** Returns the exit code. */
async function main(): Promise<number> {
  const { argv, env, stdout } = process;
  const invocation = readCommandLine(argv.slice(2), env, stdout.columns);
  if ('text' in invocation) {
    await print(Buffer.from(invocation.text));
    return SUCCESS;
  }
  const config = readConfig(invocation.settings, env);
  const log = openLog({ level: config.logLevel, format: config.logFormat, destination: standardError });
  process.on('unhandledRejection', (error) => {
    log.error('ignoring an unhandled rejection', { error: String(error) });
  });
  if (config.logLevel === 'debug') logChildProcesses(log);
  for (const unknown of unknownVariables(env)) log.warn('ignoring an unknown environment variable', { ...unknown });
  return invocation.command.run(config, log);
}

try {
  process.exitCode = await main();
} catch (error) {
  standardError.write(`pod-exporter: ${errorReason(error)}\n`);
  process.exitCode = error instanceof ConfigError ? USAGE : FAILURE;
}
// Whatever is still open, such as a child process that does not end, must not keep the process running.
// oxlint-disable-next-line unicorn/no-process-exit -- this is the end of the program, after its exit code is set
setTimeout(() => process.exit(), MAX_EXIT_MS).unref();

import type { ReadStream, WriteStream } from 'node:tty';
import type { Config } from '../config.ts';
import { TOP_OPTIONS } from '../top-options.ts';
import { SourceError } from '../top/source.ts';
import { type Command, FAILURE, SUCCESS } from './command.ts';
import { openTopSource, type TopSource } from './open-top-source.ts';

/** What ends the program, besides the user. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const KEEP_RUNNING_MS = 60_000;

/** Shows the numbers of pods in a terminal. */
export const top: Command = {
  name: 'top',
  about: 'Show pods and containers with their current numbers on a terminal, the worst first.',
  options: TOP_OPTIONS,
  async run(config, log) {
    const stopped = new AbortController();
    for (const signal of SIGNALS) process.once(signal, () => stopped.abort());
    // The timers of a collection do not keep the process running.
    const running = setInterval(() => {}, KEEP_RUNNING_MS);
    const source = await openTopSource(config);
    try {
      await show(source, config, stopped.signal);
      return SUCCESS;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      log.error('cannot show pods', { error: error.message });
      return FAILURE;
    } finally {
      clearInterval(running);
      await source.close();
    }
  },
};

/** The library of the terminal is loaded for a terminal only. */
async function show(
  { source, warning }: TopSource,
  { top: options, format }: Config,
  signal: AbortSignal,
): Promise<void> {
  const terminal = terminalOf(process);
  if (format === 'text' && options.isStream && terminal !== undefined) {
    const { showDocuments } = await import('../top/interactive.ts');
    await showDocuments(source, { ...options, terminal, warning }, signal);
  } else {
    const { printDocuments } = await import('../top/plain.ts');
    await printDocuments(source, { ...options, format }, signal);
  }
}

interface Terminal {
  readonly input: ReadStream;
  readonly output: WriteStream;
}

/** The terminal of a process, if it has one for both input and output. */
function terminalOf({ stdin, stdout }: NodeJS.Process): Terminal | undefined {
  return stdin.isTTY && stdout.isTTY ? { input: stdin, output: stdout } : undefined;
}

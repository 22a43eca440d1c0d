import type { Log } from '../base/log.ts';
import type { Config } from '../config.ts';
import type { OptionTable } from '../option.ts';

/** Exit codes. A command line that cannot be used is 2, see main.ts. */
export const SUCCESS = 0;
export const FAILURE = 1;

/** Something that the program can do. */
export interface Command {
  readonly name: string;
  /** A sentence for `--help` and the documentation. */
  readonly about: string;
  /** Flags of this command alone. */
  readonly options: OptionTable;
  /**
   * Returns the exit code when there is nothing more to do.
   *
   * @throws {ConfigError} for a configuration that cannot be used.
   * @throws {Error} one line, if it cannot start.
   */
  run(config: Config, log: Log): Promise<number>;
}

import type { Log } from '../base/log.ts';
import { NO_PROCESS, type UsageFailure } from './usage-directories.ts';
import type { UsageType } from './usage-cache.ts';

/** With these fails what came to its end this moment. They tell of more only if they are all that is met. */
const PASSING: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ESRCH', 'EINVAL', NO_PROCESS]);

/** Says once of each cause why something cannot be measured. */
export class UsageFailureLog {
  readonly #log: Log;
  readonly #said = new Set<string>();
  readonly #passing = new Map<UsageType, UsageFailure>();
  readonly #measured = new Set<UsageType>();

  constructor(log: Log) {
    this.#log = log;
  }

  recordFailure(type: UsageType, failure: UsageFailure): void {
    if (PASSING.has(failure.code)) this.#passing.set(type, failure);
    else this.#say(type, failure);
  }

  recordSuccess(type: UsageType): void {
    this.#measured.add(type);
  }

  /** Everything had its turn. */
  endRound(): void {
    for (const [type, failure] of this.#passing) if (!this.#measured.has(type)) this.#say(type, failure);
    this.#passing.clear();
    this.#measured.clear();
  }

  #say(type: UsageType, { code, path }: UsageFailure): void {
    const cause = `${type} ${code}`;
    if (this.#said.has(cause)) return;
    this.#said.add(cause);
    this.#log.warn('ephemeral storage cannot be measured, its series are absent', { type, cause: code, path });
  }
}

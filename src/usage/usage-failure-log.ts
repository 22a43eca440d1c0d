import type { Log } from '../base/log.ts';
import type { UsageFailure } from './usage-paths.ts';
import { NO_PROCESS } from './writable-layers.ts';
import type { UsageType } from './usage-cache.ts';

/**
 * Codes of a container or file that has just disappeared. Logged only if a whole round has no success, because then the
 * cause is not a race.
 */
const TRANSIENT_CODES: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ESRCH', 'EINVAL', NO_PROCESS]);

/** Logs why usage cannot be measured, once per type and cause. */
export class UsageFailureLog {
  readonly #log: Log;
  readonly #logged = new Set<string>();
  readonly #transient = new Map<UsageType, UsageFailure>();
  readonly #measured = new Set<UsageType>();

  constructor(log: Log) {
    this.#log = log;
  }

  recordFailure(type: UsageType, failure: UsageFailure): void {
    if (TRANSIENT_CODES.has(failure.code)) this.#transient.set(type, failure);
    else this.#logOnce(type, failure);
  }

  recordSuccess(type: UsageType): void {
    this.#measured.add(type);
  }

  /** Ends a round in which all pods were measured. */
  endRound(): void {
    for (const [type, failure] of this.#transient) if (!this.#measured.has(type)) this.#logOnce(type, failure);
    this.#transient.clear();
    this.#measured.clear();
  }

  #logOnce(type: UsageType, { code, path }: UsageFailure): void {
    const cause = `${type} ${code}`;
    if (this.#logged.has(cause)) return;
    this.#logged.add(cause);
    this.#log.warn('cannot measure ephemeral storage, omitting its series', { type, cause: code, path });
  }
}

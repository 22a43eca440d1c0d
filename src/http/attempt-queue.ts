import type { Clock } from '../base/clock.ts';

/** Attempts that wait; one more displaces the last of them. */
const MAX_WAITING = 20;

/** Part of the time that wrong passwords may use of one core. */
const MAX_CPU_SHARE = 0.25;

/** Result of an attempt; `busy` if it was displaced. */
export type Outcome = boolean | 'busy';

interface Attempt {
  readonly rank: number;
  readonly compare: () => Promise<boolean>;
  readonly settle: (outcome: Outcome) => void;
}

/**
 * Compares one password at a time: those of a lower rank first, and of the same rank the oldest first. After a wrong one
 * it rests, so that guesses use at most {@link MAX_CPU_SHARE} of a core.
 */
export class AttemptQueue {
  readonly #clock: Clock;
  /** In the order in which they are compared. */
  readonly #waiting: Attempt[] = [];
  #isRunning = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `compare` must not reject. */
  add(rank: number, compare: () => Promise<boolean>): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const behind = this.#waiting.findIndex((attempt) => attempt.rank > rank);
    this.#waiting.splice(behind < 0 ? this.#waiting.length : behind, 0, { rank, compare, settle: resolve });
    if (this.#waiting.length > MAX_WAITING) this.#waiting.pop()?.settle('busy');
    if (!this.#isRunning) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const began = this.#clock.elapsed();
      const isValid = await next.compare();
      next.settle(isValid);
      const tookMs = this.#clock.elapsed() - began;
      if (!isValid) await this.#rest(tookMs * (1 / MAX_CPU_SHARE - 1));
    }
    this.#isRunning = false;
  }

  #rest(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(milliseconds, resolve));
  }
}

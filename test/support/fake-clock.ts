import type { Clock } from '../../src/base/clock.ts';

interface Timer {
  readonly due: number;
  readonly task: () => void;
}

/** A clock that moves in {@link advance} only. A task without delay runs in the next turn of the event loop. */
export class FakeClock implements Clock {
  #now = 0;
  #time = 1_800_000_000;
  #begun = 0;
  readonly #timers = new Set<Timer>();

  /** Number of waits so far, over or not; those without delay do not count. */
  get begun(): number {
    return this.#begun;
  }

  /** Milliseconds that are left of each wait, the shortest first. */
  get waits(): readonly number[] {
    return [...this.#timers].map(({ due }) => due - this.#now).toSorted((a, b) => a - b);
  }

  time(): number {
    return this.#time + this.#now / 1000;
  }

  elapsed(): number {
    return this.#now;
  }

  after(milliseconds: number, task: () => void): () => void {
    if (milliseconds === 0) {
      const immediate = setImmediate(task);
      return () => clearImmediate(immediate);
    }
    const timer = { due: this.#now + milliseconds, task };
    this.#timers.add(timer);
    this.#begun++;
    return () => this.#timers.delete(timer);
  }

  /** Sets the time forward or back, which no wait notices. */
  shift(seconds: number): void {
    this.#time += seconds;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of [...this.#timers].toSorted((a, b) => a.due - b.due)) {
      if (timer.due <= this.#now && this.#timers.delete(timer)) timer.task();
    }
  }
}

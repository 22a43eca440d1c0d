import type { Clock } from '../../src/base/clock.ts';

/** A clock that runs faster than that of the machine, so that minutes of the exporter pass in seconds. */
export class ScaledClock implements Clock {
  readonly #speed: number;
  #offsetSeconds = 0;

  constructor(speed: number) {
    this.#speed = speed;
  }

  time(): number {
    return Date.now() / 1000 + this.#offsetSeconds;
  }

  elapsed(): number {
    return performance.now() * this.#speed;
  }

  after(milliseconds: number, task: () => void): () => void {
    const timer = setTimeout(task, milliseconds / this.#speed).unref();
    return () => clearTimeout(timer);
  }

  /** Sets the wall clock forward, or back. */
  jump(seconds: number): void {
    this.#offsetSeconds += seconds;
  }
}

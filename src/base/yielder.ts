/** The event loop gets a turn after at most this many milliseconds of reading or writing. */
const SLICE = 4;

/** Divides long synchronous work into slices, so that probes and other requests are answered meanwhile. */
export class Pace {
  #began = performance.now();

  /** Whether it is time for {@link rest}. */
  get due(): boolean {
    return performance.now() - this.#began > SLICE;
  }

  /** Gives the event loop a turn. */
  async rest(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#began = performance.now();
  }
}

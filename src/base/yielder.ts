/** Divides long synchronous work into slices, so that probes and other requests are answered meanwhile. */
export interface Yielder {
  /** Whether it is time for {@link yield}. */
  readonly shouldYield: boolean;
  /** Gives the event loop a turn. */
  yield(): Promise<void>;
}

/** The event loop gets a turn after at most this many milliseconds of reading or writing. */
const MAX_SLICE_MS = 2;

/** Yields whenever {@link MAX_SLICE_MS} have passed. */
export class TimeSlice implements Yielder {
  #began = performance.now();

  get shouldYield(): boolean {
    return performance.now() - this.#began > MAX_SLICE_MS;
  }

  async yield(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#began = performance.now();
  }
}

/** Like `items.map(of)`, in slices. */
export async function mapInSlices<T, R>(items: readonly T[], of: (item: T, index: number) => R): Promise<R[]> {
  const slice = new TimeSlice();
  const results: R[] = [];
  for (const [index, item] of items.entries()) {
    if (slice.shouldYield) await slice.yield();
    results.push(of(item, index));
  }
  return results;
}

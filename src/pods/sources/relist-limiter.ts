/** Milliseconds after which the same cgroup may ask again, at most. */
const LONGEST = 600_000;

interface Asking {
  /** The clock's milliseconds. */
  readonly due: number;
  readonly interval: number;
}

/**
 * Decides whether a scrape that met unknown cgroups gets a list of pods at once. There is one in an interval at most, and the
 * same cgroup gets one ever more rarely: one that no list explains will not be explained by the next either.
 */
export class RelistLimiter {
  readonly #shortest: number;
  #due = 0;
  #askings: ReadonlyMap<string, Asking> = new Map();

  /** `shortest`: milliseconds between two lists that a scrape asked for. */
  constructor(shortest: number) {
    this.#shortest = shortest;
  }

  /** Whether a list is due at `now`, the clock's milliseconds; `unknown` has all cgroups without a known pod. */
  allow(unknown: readonly string[], now: number): boolean {
    const askings = this.#askings;
    const isGranted = now >= this.#due && unknown.some((name) => (askings.get(name)?.due ?? 0) <= now);
    if (isGranted) this.#due = now + this.#shortest;
    // Those that are known now, or gone, are forgotten.
    this.#askings = new Map(
      unknown.flatMap((name) => {
        const asking = isGranted ? this.#later(askings.get(name), now) : askings.get(name);
        return asking === undefined ? [] : [[name, asking] as const];
      }),
    );
    return isGranted;
  }

  /** A list explains whatever it can, so it counts for all that ask. */
  #later(asking: Asking | undefined, now: number): Asking {
    const interval = asking === undefined ? this.#shortest : Math.min(asking.interval * 2, LONGEST);
    return { due: now + interval, interval };
  }
}

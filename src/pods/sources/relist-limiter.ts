const MAX_INTERVAL_MS = 600_000;

interface CgroupBackoff {
  /** Milliseconds of {@link Clock.elapsed}. */
  readonly due: number;
  readonly intervalMs: number;
}

/**
 * Rate limit of the relists that scrapes with unmatched cgroups request. The minimum interval applies to all requests.
 * In addition each cgroup has an exponential backoff: a cgroup that one relist did not match is unlikely to be matched by
 * the next.
 */
export class RelistLimiter {
  readonly #minIntervalMs: number;
  #due = 0;
  #backoffs: ReadonlyMap<string, CgroupBackoff> = new Map();

  constructor(minIntervalMs: number) {
    this.#minIntervalMs = minIntervalMs;
  }

  /** Whether to relist at `now`, in milliseconds of {@link Clock.elapsed}; `unmatched` has all unmatched cgroups. */
  allow(unmatched: readonly string[], now: number): boolean {
    const backoffs = this.#backoffs;
    const isAllowed = now >= this.#due && unmatched.some((name) => (backoffs.get(name)?.due ?? 0) <= now);
    if (isAllowed) this.#due = now + this.#minIntervalMs;
    // Drops the backoff of cgroups that are matched or gone.
    this.#backoffs = new Map(
      unmatched.flatMap((name) => {
        const backoff = isAllowed ? this.#increase(backoffs.get(name), now) : backoffs.get(name);
        return backoff === undefined ? [] : [[name, backoff] as const];
      }),
    );
    return isAllowed;
  }

  /** A relist covers all cgroups, so it increases the backoff of each. */
  #increase(backoff: CgroupBackoff | undefined, now: number): CgroupBackoff {
    const intervalMs = backoff === undefined ? this.#minIntervalMs : Math.min(backoff.intervalMs * 2, MAX_INTERVAL_MS);
    return { due: now + intervalMs, intervalMs };
  }
}

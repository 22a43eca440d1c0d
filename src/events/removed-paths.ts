/** Paths that are kept, so that a late event for one is not taken for another cgroup. */
const MAX_REMOVED = 1000;

/** The cgroups that were removed last. */
export class RemovedPaths {
  readonly #paths = new Set<string>();

  add(path: string): void {
    this.#paths.add(path);
    for (const oldest of this.#paths) {
      if (this.#paths.size <= MAX_REMOVED) return;
      this.#paths.delete(oldest);
    }
  }

  has(path: string): boolean {
    return this.#paths.has(path);
  }

  /** Drops a path; whether it was there. */
  delete(path: string): boolean {
    return this.#paths.delete(path);
  }
}

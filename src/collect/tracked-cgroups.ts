import type { FileReader } from '../kernel/file-reader.ts';
import { perLevel, type Level } from '../metrics/row.ts';
import type { Plan } from '../plan/plan.ts';
import type { Subject } from '../snapshot/subject.ts';
import { Target } from './target.ts';

/** A cgroup from the walk that finds it first to the one that no longer does. */
export interface TrackedCgroup {
  readonly id: number;
  readonly target: Target;
  /** Its identity as of the last walk; absent until it has been named. */
  subject?: Subject;
  /** The walk that found it last. */
  walk: number;
}

/** The cgroups that the last walk found, by level and path. */
export class TrackedCgroups {
  readonly #reader: FileReader;
  readonly #sizes: Plan['cacheSizes'];
  readonly #byPath: Readonly<Record<Level, Map<string, TrackedCgroup>>> = perLevel(() => new Map());
  #walk = 0;
  #lastId = 0;

  constructor(reader: FileReader, plan: Plan) {
    this.#reader = reader;
    this.#sizes = plan.cacheSizes;
  }

  /** Begins a walk. */
  begin(): void {
    this.#walk++;
  }

  /** The cgroup that the walk found at `path`. */
  find(level: Level, path: string): TrackedCgroup {
    const cgroups = this.#byPath[level];
    const known = cgroups.get(path);
    if (known !== undefined) {
      known.walk = this.#walk;
      return known;
    }
    const found = { id: ++this.#lastId, target: new Target(this.#sizes[level]), walk: this.#walk };
    cgroups.set(path, found);
    return found;
  }

  /** Drops a cgroup that vanished while it was read: one that is found at its path later is another one. */
  drop({ level, path }: Pick<Subject, 'level' | 'path'>): void {
    const cgroups = this.#byPath[level];
    cgroups.get(path)?.target.release(this.#reader);
    cgroups.delete(path);
  }

  /** Drops every cgroup that the walk did not find. */
  sweep(): void {
    for (const cgroups of Object.values(this.#byPath)) {
      for (const [path, { target, walk }] of cgroups) {
        if (walk === this.#walk) continue;
        target.release(this.#reader);
        cgroups.delete(path);
      }
    }
  }
}

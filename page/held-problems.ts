import type { Problem } from './problems.ts';

/** Seconds for which a problem stays after it was last seen, so that rows do not jump and colours do not flicker. */
const HOLD_SECONDS = 10;

interface Held {
  readonly problem: Problem;
  /** Unix time. */
  readonly seen: number;
}

/** Keeps the problems of rows for a moment. */
export class HeldProblems {
  readonly #held = new Map<string, Map<string, Held>>();
  /** Unix time of the last document. */
  #time = 0;

  /**
   * The problems of a row now, and those that it had a moment ago, which colour no number any more; `time` is the Unix
   * time of the document.
   */
  add(row: string, problems: readonly Problem[], time: number): readonly Problem[] {
    if (time !== this.#time) this.#release(time);
    const held = this.#held.get(row) ?? new Map<string, Held>();
    for (const problem of problems) held.set(problem.kind, { problem, seen: time });
    if (held.size > 0) this.#held.set(row, held);
    const now = new Set(problems.map(({ kind }) => kind));
    return [
      ...problems,
      ...[...held].flatMap(([kind, { problem }]) => (now.has(kind) ? [] : [withoutNumber(problem)])),
    ];
  }

  /** Drops what was seen too long ago, also of rows that are gone; a clock that was set back ends everything. */
  #release(time: number): void {
    this.#time = time;
    for (const [row, held] of this.#held) {
      for (const [kind, { seen }] of held) if (time < seen || time - seen > HOLD_SECONDS) held.delete(kind);
      if (held.size === 0) this.#held.delete(row);
    }
  }
}

function withoutNumber({ level, kind, short, reason }: Problem): Problem {
  return { level, kind, short, reason };
}

import type { RowName } from '../metrics/index.ts';
import type { Level } from '../metrics/row.ts';
import type { Column } from '../snapshot/snapshot.ts';
import type { NumberSource } from './number-source.ts';

/** The numbers of one level, by the names of their rows. */
export class LevelNumbers<L extends Level> {
  readonly #columns = new Map<string, Column>();

  /** Of a collector that did not succeed there is none. */
  constructor(source: NumberSource, level: L) {
    const columns = source.columns(level);
    for (const { name, level: own, collector, series } of source.families) {
      const column = columns[series[0]?.column ?? -1];
      if (own !== level || column === undefined || !source.succeeded(collector)) continue;
      this.#columns.set(name.slice(level.length + 1), column);
    }
  }

  /** The number of the row called `name`, without its level, of the subject at a position; NaN if there is none. */
  get(name: RowName<L>, position: number): number {
    return this.#columns.get(name)?.[position] ?? Number.NaN;
  }
}

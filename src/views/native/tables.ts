import { ExpositionWriter, type ExpositionFormat } from '../../exposition/writer.ts';
import type { TableRow } from '../../metrics/row.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Entry, Snapshot } from '../../snapshot/snapshot.ts';

interface PreparedRow {
  readonly collector: string;
  readonly row: TableRow;
  readonly head: Readonly<Record<ExpositionFormat, Buffer>>;
  readonly name: Buffer;
}

/** Writes the tables: the machine, its disks and mounts, volumes. */
export class TablesView {
  readonly #rows: readonly PreparedRow[];
  readonly #labels = new WeakMap<Entry['labels'], Buffer>();

  constructor(plan: Plan) {
    this.#rows = plan.tables.map(({ collector, row }) => ({
      collector,
      row,
      head: { text: ExpositionWriter.head(row, 'text'), openmetrics: ExpositionWriter.head(row, 'openmetrics') },
      name: Buffer.from(row.name),
    }));
  }

  /** Writes what `snapshot` has of the collectors in `chosen`; calls `count` with the number of series of each. */
  write(
    snapshot: Snapshot,
    chosen: ReadonlySet<string>,
    writer: ExpositionWriter,
    count: (collector: string, series: number) => void,
  ): void {
    for (const prepared of this.#rows) {
      if (chosen.has(prepared.collector)) count(prepared.collector, this.#row(prepared, snapshot, writer));
    }
  }

  #row({ row, head, name }: PreparedRow, snapshot: Snapshot, writer: ExpositionWriter): number {
    const { table, key, divisor = 1 } = row;
    let written = 0;
    for (const { labels, numbers } of snapshot.tables.get(table) ?? []) {
      const value = numbers[key];
      if (value === undefined || Number.isNaN(value)) continue;
      if (written++ === 0) writer.raw(head[writer.format]);
      writer.sample(name, this.#bytes(labels), undefined, value / divisor);
    }
    return written;
  }

  #bytes(labels: Entry['labels']): Buffer {
    const known = this.#labels.get(labels);
    if (known !== undefined) return known;
    const made = ExpositionWriter.labels(labels);
    this.#labels.set(labels, made);
    return made;
  }
}

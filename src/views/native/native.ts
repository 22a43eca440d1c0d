import type { Yielder } from '../../base/yielder.ts';
import { ExpositionWriter, type ExpositionFormat } from '../../exposition/writer.ts';
import type { Level } from '../../metrics/row.ts';
import type { FamilyPlan, Plan } from '../../plan/plan.ts';
import type { SampleList, Snapshot } from '../../snapshot/snapshot.ts';
import type { Labels, Subject } from '../../snapshot/subject.ts';
import { heads, writeFact, type PreparedFact } from './facts.ts';
import { TablesView } from './tables.ts';

interface PreparedFamily {
  readonly plan: FamilyPlan;
  readonly head: Readonly<Record<ExpositionFormat, Buffer>>;
  readonly name: Buffer;
  /** Constant labels of each series of the plan. */
  readonly labels: readonly (Buffer | undefined)[];
}

/** The exporter's own series of the node, pods and containers. */
export class NativeView {
  readonly #families: readonly PreparedFamily[];
  readonly #facts: readonly PreparedFact[];
  readonly #tables: TablesView;
  readonly #labels = new WeakMap<Labels, Buffer>();
  readonly #names = new Map<string, Buffer>();

  constructor(plan: Plan) {
    this.#families = plan.families.map((family) => ({
      plan: family,
      head: heads(family),
      name: Buffer.from(family.name),
      labels: family.series.map(({ labels }) => constantLabels(family.by ?? [], labels)),
    }));
    this.#facts = plan.facts.map(({ collector, row }) => ({ collector, row, head: heads(row), lines: new WeakMap() }));
    this.#tables = new TablesView(plan);
  }

  /**
   * Writes what `snapshot` has of the collectors in `collectors`.
   * Returns the number of series by collector; a collector that did not succeed is not among them.
   */
  async write(
    snapshot: Snapshot,
    collectors: ReadonlySet<string>,
    writer: ExpositionWriter,
    yielder: Yielder,
  ): Promise<ReadonlyMap<string, number>> {
    const series = new Map<string, number>();
    const succeeded = snapshot.outcomes.filter(({ collector, success }) => success && collectors.has(collector));
    const chosen = new Set(succeeded.map(({ collector }) => collector));
    for (const collector of chosen) series.set(collector, 0);
    const count = (collector: string, added: number) => series.set(collector, (series.get(collector) ?? 0) + added);
    const labels = this.#labelsOf(snapshot);
    for (const family of this.#families) {
      if (!chosen.has(family.plan.collector)) continue;
      if (yielder.shouldYield) await yielder.yield();
      const subjects = labels[family.plan.level];
      const written =
        family.plan.list < 0
          ? this.#columns(family, snapshot, subjects, writer)
          : this.#list(family, snapshot, subjects, writer);
      count(family.plan.collector, written);
    }
    for (const fact of this.#facts) {
      if (!chosen.has(fact.collector)) continue;
      if (yielder.shouldYield) await yielder.yield();
      count(fact.collector, writeFact(fact, snapshot, writer));
    }
    this.#tables.write(snapshot, chosen, writer, count);
    return series;
  }

  #columns(family: PreparedFamily, snapshot: Snapshot, labels: readonly Buffer[], writer: ExpositionWriter): number {
    const { plan, name, head } = family;
    const columns = snapshot.columns(plan.level);
    let written = 0;
    for (let index = 0; index < plan.series.length; index++) {
      const column = columns[plan.series[index]?.column ?? 0];
      if (column === undefined) continue;
      const more = family.labels[index];
      for (let position = 0; position < labels.length; position++) {
        const value = column[position] as number;
        if (Number.isNaN(value)) continue;
        if (written++ === 0) writer.raw(head[writer.format]);
        writer.sample(name, labels[position] as Buffer, more, value);
      }
    }
    return written;
  }

  #list(family: PreparedFamily, snapshot: Snapshot, labels: readonly Buffer[], writer: ExpositionWriter): number {
    const { plan, name, head } = family;
    const { subjects, names, values } = snapshot.lists[plan.list] as SampleList;
    const [label = ''] = plan.by ?? [];
    const gone = snapshot.gone[plan.level];
    let written = 0;
    for (let index = 0; index < values.length; index++) {
      const position = subjects[index] as number;
      if (gone.has(position)) continue;
      if (written++ === 0) writer.raw(head[writer.format]);
      writer.sample(
        name,
        labels[position] as Buffer,
        this.#found(label, names[index] as string),
        values[index] as number,
      );
    }
    return written;
  }

  /** Bytes of a label whose value was found while reading. */
  #found(label: string, value: string): Buffer {
    const key = `${label}=${value}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const made = ExpositionWriter.labels([[label, value]]);
    if (this.#names.size >= MAX_CACHED_NAMES) this.#names.clear();
    this.#names.set(key, made);
    return made;
  }

  #labelsOf(snapshot: Snapshot): Readonly<Record<Level, readonly Buffer[]>> {
    const bytes = (subject: Subject): Buffer => {
      const known = this.#labels.get(subject.labels);
      if (known !== undefined) return known;
      const made = ExpositionWriter.labels(subject.labels);
      this.#labels.set(subject.labels, made);
      return made;
    };
    const { container, pod, cgroup, netns } = snapshot.subjects;
    return {
      container: container.map(bytes),
      pod: pod.map(bytes),
      cgroup: cgroup.map(bytes),
      netns: netns.map(bytes),
      sandbox: [],
      node: [],
    };
  }
}

/** Devices and interfaces come and go; a node has far fewer at a time. */
const MAX_CACHED_NAMES = 4096;

function constantLabels(names: readonly string[], values: readonly string[]): Buffer | undefined {
  if (values.length === 0) return undefined;
  return ExpositionWriter.labels(names.map((name, index) => [name, values[index] ?? '']));
}

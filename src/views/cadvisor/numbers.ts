import { ExpositionWriter } from '../../exposition/writer.ts';
import type { CadvisorFamily, CadvisorSource } from './family.ts';
import { cadvisorCollectorNames } from '../../metrics/cadvisor/collectors.ts';
import type { CollectorName } from '../../metrics/index.ts';
import type { FamilyPlan, Plan } from '../../plan/plan.ts';
import type { Column, Snapshot } from '../../snapshot/snapshot.ts';
import type { Subject } from '../../snapshot/subject.ts';
import { ROW_LEVELS, type RowLevel, type Rows } from './rows.ts';

/** What one answer is made of. */
export interface Writing {
  readonly snapshot: Snapshot;
  readonly rows: Readonly<Record<RowLevel, Rows>>;
  readonly writer: ExpositionWriter;
  /** Families that the kubelet fills with zeros are written as well. */
  readonly zeros: boolean;
}

/** The family of the snapshot that has the numbers of a row for this view; `undefined` on a kernel without them. */
export function familyOf(plan: Plan, name: string): FamilyPlan | undefined {
  return plan.families.find((family) => family.name === name && cadvisorCollectorNames.has(family.collector));
}

/** Columns of a source's numbers at one level. */
interface ColumnRef {
  readonly level: RowLevel;
  readonly column: number;
  /** Column of the root cgroup; -1 for the same. */
  readonly rootColumn: number;
  readonly collectors: readonly CollectorName[];
}

interface Prepared {
  readonly source: CadvisorSource;
  readonly labels: Buffer | undefined;
  readonly columnRefs: readonly ColumnRef[];
}

/** A family whose numbers are in columns or known without reading. */
export class NumberFamily {
  readonly #head: Buffer;
  readonly #name: Buffer;
  readonly #sources: readonly Prepared[];

  constructor(family: CadvisorFamily, plan: Plan) {
    this.#head = ExpositionWriter.head(family, 'text');
    this.#name = Buffer.from(family.name);
    this.#sources = family.from.map((source) => prepare(source, family.by ?? [], plan));
  }

  /** Writes it; returns how many series it has. */
  write(writing: Writing): number {
    let written = 0;
    const { writer } = writing;
    for (const { source, labels: more, columnRefs } of this.#sources) {
      for (const ref of columnRefs) {
        const values = new Values(source, ref, writing);
        const { labels } = writing.rows[ref.level];
        for (let position = 0; position < labels.length; position++) {
          const label = labels[position];
          const value = label === undefined ? Number.NaN : values.at(position);
          if (label === undefined || Number.isNaN(value)) continue;
          if (written++ === 0) writer.raw(this.#head);
          writer.sample(this.#name, label, more, value);
        }
      }
    }
    return written;
  }
}

function prepare(source: CadvisorSource, by: readonly string[], plan: Plan): Prepared {
  const constants = (source.labels ?? []).map((value, at) => [by[at] ?? '', value] as const);
  return {
    source,
    labels: constants.length === 0 ? undefined : ExpositionWriter.labels(constants),
    columnRefs: ROW_LEVELS.flatMap((level) => findColumnRefs(source, level, plan)),
  };
}

/** Empty if the source has no number at this level. */
function findColumnRefs(source: CadvisorSource, level: RowLevel, plan: Plan): readonly ColumnRef[] {
  const { row = '', rootRow = '', series } = source;
  const own = familyOf(plan, `${level}_${row}`);
  const root = level === 'node' ? familyOf(plan, `node_${rootRow}`) : undefined;
  // A converted number has another row on the other version.
  const known = [source.fact, source.otherwise, source.zero].some((each) => each !== undefined);
  const isKnown = source.convert === undefined && known;
  if (own === undefined && root === undefined && !isKnown) return [];
  return [
    {
      level,
      column: columnOf(own, series),
      rootColumn: columnOf(root, undefined),
      collectors: [own, root].flatMap((family) => (family === undefined ? [] : [family.collector])),
    },
  ];
}

/** -1 for none. */
function columnOf(family: FamilyPlan | undefined, label: string | undefined): number {
  const found = family?.series.find(({ labels }) => label === undefined || labels.includes(label));
  return found?.column ?? -1;
}

const ROOT = '/';

/** The values of one source for the subjects of a level. */
class Values {
  readonly #source: CadvisorSource;
  readonly #subjects: Rows['subjects'];
  readonly #time: number;
  readonly #column: Column | undefined;
  readonly #rootColumn: Column | undefined;
  readonly #zero: number;

  constructor(source: CadvisorSource, ref: ColumnRef, { snapshot, rows, zeros }: Writing) {
    this.#source = source;
    this.#subjects = rows[ref.level].subjects;
    this.#time = snapshot.time;
    const columns = snapshot.columns(ref.level);
    const isRead = ref.collectors.every((collector) => snapshot.succeeded(collector));
    this.#column = isRead ? columns[ref.column] : undefined;
    this.#rootColumn = isRead ? columns[ref.rootColumn] : undefined;
    // A number that could not be read in time is not 0.
    this.#zero = zeros && isRead ? (source.zero ?? Number.NaN) : Number.NaN;
  }

  /** NaN for none. */
  at(position: number): number {
    const known = this.#known(position);
    if (!Number.isNaN(known)) return known;
    const read = this.#read(position);
    if (Number.isNaN(read)) return this.#otherwise(position);
    const { convert } = this.#source;
    return convert === undefined ? read : convert(read, this.#subjects[position] as Subject);
  }

  #otherwise(position: number): number {
    return this.#source.otherwise?.(this.#subjects[position] as Subject) ?? this.#zero;
  }

  #known(position: number): number {
    const { fact } = this.#source;
    return fact?.(this.#subjects[position] as Subject, this.#time) ?? Number.NaN;
  }

  #read(position: number): number {
    const own = this.#column?.[position] ?? Number.NaN;
    if (this.#rootColumn === undefined || this.#subjects[position]?.path !== ROOT) return own;
    const root = this.#rootColumn[position] ?? Number.NaN;
    // The root of v1 has files that the root of v2 lacks.
    return Number.isNaN(root) ? own : root;
  }
}

import type { FamilyPlan } from '../../plan/plan.ts';
import type { Column, SampleList } from '../../snapshot/snapshot.ts';
import type { NumberSource } from '../number-source.ts';
import { addressOf, itemsOf, type Sections } from './fields.ts';

interface NumberColumn {
  readonly path: readonly string[];
  readonly column: Column;
}

/** A device or an interface with its numbers. */
type Item = Record<string, string | number>;

/** The items of one label in one section, by subject and by the value of the label, and where the document has them. */
interface Items {
  readonly path: readonly string[];
  readonly bySubject: Map<number, Map<string, Item>>;
}

/** The numbers of the pods or containers. */
export class Numbers {
  readonly #columns: readonly NumberColumn[];
  readonly #items: readonly Items[];

  /** Only of `collectors`, and of these only of those that succeeded. */
  constructor(source: NumberSource, level: 'container' | 'pod' | 'netns', collectors: ReadonlySet<string>) {
    const families = source.families.filter(
      (family) => family.level === level && collectors.has(family.collector) && source.succeeded(family.collector),
    );
    const columns = source.columns(level);
    this.#columns = families.flatMap((family) => columnsOf(family, columns));
    this.#items = itemsIn(families, source.lists);
  }

  /** The sections of the subject at a position. */
  at(position: number): Sections {
    const sections: Sections = {};
    for (const { path, column } of this.#columns) {
      const value = column[position] ?? Number.NaN;
      if (Number.isFinite(value)) put(sections, path, value);
    }
    for (const { path, bySubject } of this.#items) {
      const items = bySubject.get(position);
      if (items !== undefined) put(sections, path, [...items.values()]);
    }
    return sections;
  }
}

function columnsOf(family: FamilyPlan, columns: readonly Column[]): readonly NumberColumn[] {
  const { section, field } = addressOf(family);
  return family.series.flatMap(({ labels, column: index }) => {
    const column = columns[index];
    return column === undefined ? [] : [{ path: [section, field, ...labels], column }];
  });
}

function itemsIn(families: readonly FamilyPlan[], lists: readonly SampleList[]): readonly Items[] {
  const found = new Map<string, Items>();
  for (const family of families) {
    const list = lists[family.list];
    if (list === undefined) continue;
    const { section, field } = addressOf(family);
    const { items, label } = itemsOf(family);
    const key = `${section}.${items}`;
    const { bySubject } = found.get(key) ?? { bySubject: new Map<number, Map<string, Item>>() };
    found.set(key, { path: [section, items], bySubject });
    addItems(list, bySubject, { field, label });
  }
  return [...found.values()];
}

function addItems(
  { subjects, names, values }: SampleList,
  bySubject: Items['bySubject'],
  { field, label }: { readonly field: string; readonly label: string },
): void {
  for (let index = 0; index < subjects.length; index++) {
    const value = values[index] as number;
    if (!Number.isFinite(value)) continue;
    const position = subjects[index] as number;
    let items = bySubject.get(position);
    if (items === undefined) bySubject.set(position, (items = new Map<string, Item>()));
    const name = names[index] as string;
    const item = items.get(name);
    if (item === undefined) items.set(name, { [label]: name, [field]: value });
    else item[field] = value;
  }
}

/** Puts a value at a path; objects on the way are made. Paths are names of rows and of their labels. */
function put(into: Sections, path: readonly string[], value: unknown): void {
  const last = path.length - 1;
  let parent = into;
  for (let index = 0; index < last; index++) parent = (parent[path[index] as string] ??= {}) as Sections;
  parent[path[last] as string] = value;
}

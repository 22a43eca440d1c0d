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

/** The items of one label, by its value, and where the document has them. */
interface Items {
  readonly path: readonly string[];
  readonly byName: Map<string, Item>;
}

/** The items of one subject, by section and label. */
type ListedItems = Map<string, Items>;

/** The numbers of the pods or containers. */
export class Numbers {
  readonly #columns: readonly NumberColumn[];
  readonly #listed: ReadonlyMap<number, ListedItems>;

  /** Only of `collectors`, and of these only of those that succeeded. */
  constructor(source: NumberSource, level: 'container' | 'pod' | 'netns', collectors: ReadonlySet<string>) {
    const families = source.families.filter(
      (family) => family.level === level && collectors.has(family.collector) && source.succeeded(family.collector),
    );
    const columns = source.columns(level);
    this.#columns = families.flatMap((family) => columnsOf(family, columns));
    this.#listed = listed(families, source.lists);
  }

  /** The sections of the subject at a position. */
  at(position: number): Sections {
    const sections: Sections = {};
    for (const { path, column } of this.#columns) {
      const value = column[position] ?? Number.NaN;
      if (Number.isFinite(value)) put(sections, path, value);
    }
    for (const { path, byName } of this.#listed.get(position)?.values() ?? []) {
      put(sections, path, [...byName.values()]);
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

function listed(families: readonly FamilyPlan[], lists: readonly SampleList[]): ReadonlyMap<number, ListedItems> {
  const listedItems = new Map<number, ListedItems>();
  for (const family of families) {
    const list = lists[family.list];
    if (list === undefined) continue;
    const { section, field } = addressOf(family);
    const { items, label } = itemsOf(family);
    for (const [index, position] of list.subjects.entries()) {
      const value = list.values[index] as number;
      if (!Number.isFinite(value)) continue;
      const own = entry(listedItems, position, (): ListedItems => new Map());
      const { byName } = entry(own, `${section}.${items}`, (): Items => ({
        path: [section, items],
        byName: new Map(),
      }));
      const name = list.names[index] as string;
      entry(byName, name, (): Item => ({ [label]: name }))[field] = value;
    }
  }
  return listedItems;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** Puts a value at a path; objects on the way are made. Paths are names of rows and of their labels. */
function put(into: Sections, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) into[key] = value;
  else put((into[key] ??= {}) as Sections, rest, value);
}

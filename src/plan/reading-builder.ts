import { controllerOf, kernelFile, type ListFile, type NumbersFile } from '../kernel/file-table.ts';
import type { KeySlot } from '../kernel/formats/keyed.ts';
import type { Field, Source } from '../metrics/row.ts';
import type { ColumnPlan, FilePlan, ReadingPlan, ReadLevel, Slot } from './plan.ts';

/** The key of a file that has a single number, or of the first of several values. */
const FIRST = '0';

/** Allocates what the readings of one level share: directories and cached numbers of a target. */
export class SlotAllocator {
  readonly #hierarchyOf: (controller: string) => string;
  readonly #directories = new Map<string, number>();
  #cached = 0;
  #readings = 0;

  /** `hierarchyOf`: the same for controllers whose files are in the same directory. */
  constructor(hierarchyOf: (controller: string) => string) {
    this.#hierarchyOf = hierarchyOf;
  }

  /** Numbers that a target caches. */
  get cached(): number {
    return this.#cached;
  }

  /** Position of the target's directory that has the files of `controller`; -1 for files outside of cgroups. */
  directoryOf(controller: string): number {
    if (controller === '') return -1;
    const hierarchy = this.#hierarchyOf(controller);
    const position = this.#directories.get(hierarchy) ?? this.#directories.size;
    this.#directories.set(hierarchy, position);
    return position;
  }

  /** Where the cached numbers of a reading begin, with the time of the next read in front. */
  allocateNumbers(numbers: number): number {
    const start = this.#cached;
    this.#cached += numbers + 1;
    return start;
  }

  /** Position of one more reading. */
  allocateReading(): number {
    return this.#readings++;
  }
}

/** A source, and the hierarchy that it is read in. */
type PlacedSource = Source & { readonly inUnified: boolean };

interface Gathered {
  readonly names: readonly string[];
  readonly controller: string;
  readonly keys: KeySlot[];
  readonly lists: FilePlan['lists'][number][];
}

/** Levels whose cgroups belong to one container, with all that it creates below. */
const OF_A_CONTAINER: ReadonlySet<ReadLevel> = new Set(['container', 'sandbox']);

/** Gathers the files and numbers of one reading, each once, however many rows need them. */
export class ReadingBuilder {
  readonly #files = new Map<string, Gathered>();
  readonly #columns: ColumnPlan[] = [];
  readonly #level: ReadLevel;
  #numbers = 0;

  constructor(level: ReadLevel) {
    this.#level = level;
  }

  /**
   * Computes a column from the numbers of `source`.
   *
   * @throws {Error} if the file table does not have one of its files.
   */
  addColumn(column: number, source: PlacedSource): void {
    const slot = (field: Field | undefined): Slot => this.#slot(field, source.inUnified);
    this.#columns.push({
      column,
      value: slot(source),
      divisor: source.divisor ?? 1,
      plus: slot(source.plus),
      minus: slot(source.minus),
      per: slot(source.per),
      onlyIf: slot(source.onlyIf),
      unlessZero: source.unlessZero ?? false,
      unlimited: source.unlimited ?? Number.NaN,
    });
  }

  /** Fills a list with the items of `source`. */
  addList(list: number, source: PlacedSource): void {
    const { keys, lists } = this.#gathered(source, source.inUnified);
    keys.push({ key: source.key ?? FIRST, slot: keys.length });
    lists.push({ list, divisor: source.divisor ?? 1 });
  }

  /** The finished plan. Cached files come first, because others are read only if their numbers exist; lists last. */
  build(allocator: SlotAllocator): ReadingPlan {
    const files = [...this.#files.values()].map((file) => this.#file(file)).toSorted((a, b) => rankOf(a) - rankOf(b));
    const cached = files.flatMap((file) => (file.cached ? file.slots : []));
    return {
      files: files.map((file) => ({ ...file, directory: allocator.directoryOf(file.controller) })),
      columns: this.#columns,
      numbers: new Float64Array(this.#numbers),
      cached,
      cacheStart: cached.length > 0 ? allocator.allocateNumbers(cached.length) : -1,
      id: allocator.allocateReading(),
    };
  }

  #file({ names, controller, keys, lists }: Gathered): Omit<FilePlan, 'directory'> {
    const [name = ''] = names;
    const { cached = false, required = false, summed = false, ...format } = kernelFile(name);
    const slots = 'list' in format ? [] : keys.map(({ slot }) => slot);
    return {
      names,
      controller,
      cached,
      // A slice or service need not have every controller, so that none of its files is required.
      required: required && this.#level !== 'cgroup' && this.#level !== 'node',
      // The cgroups below a slice are not its own: they have levels of their own.
      summed: summed && OF_A_CONTAINER.has(this.#level),
      onlyIf: this.#onlyIf(slots),
      ...parsersOf(format, keys),
      slots,
      lists,
    };
  }

  /** The cached number on which every column that is computed from `slots` depends. */
  #onlyIf(slots: readonly Slot[]): Slot {
    const columns = this.#columns.filter((column) =>
      [column.value, column.plus, column.minus, column.per, column.onlyIf].some((slot) => slots.includes(slot)),
    );
    const [first] = columns;
    if (first === undefined || slots.includes(first.onlyIf)) return -1;
    const depend = columns.every(({ onlyIf }) => onlyIf === first.onlyIf);
    return depend && this.#isCached(first.onlyIf) ? first.onlyIf : -1;
  }

  #isCached(slot: Slot): boolean {
    return [...this.#files.values()].some(
      ({ names, keys }) => kernelFile(names[0] ?? '').cached === true && keys.some((each) => each.slot === slot),
    );
  }

  #slot(field: Field | undefined, inUnified: boolean): Slot {
    if (field === undefined) return -1;
    const { keys } = this.#gathered(field, inUnified);
    const key = field.key ?? FIRST;
    const known = keys.find((other) => other.key === key);
    if (known !== undefined) return known.slot;
    const slot = this.#numbers++;
    keys.push({ key, slot });
    return slot;
  }

  #gathered(field: Field, inUnified: boolean): Gathered {
    const names = namesOf(field);
    // cpu.stat, memory.stat and others have the same name in both hierarchies.
    const place = `${inUnified ? 'unified' : ''} ${names.join()}`;
    const known = this.#files.get(place);
    if (known !== undefined) return known;
    const controller = inUnified ? 'unified' : controllerOf(names[0] ?? '');
    const made = { names, controller, keys: [], lists: [] };
    this.#files.set(place, made);
    return made;
  }
}

function parsersOf(
  format: Pick<NumbersFile, 'numbers'> | Pick<ListFile, 'list' | 'items'>,
  keys: readonly KeySlot[],
): Pick<FilePlan, 'parse' | 'parseList' | 'items'> {
  if ('list' in format) return { parse: undefined, parseList: format.list(keys), items: format.items };
  return { parse: format.numbers(keys), parseList: undefined, items: undefined };
}

function rankOf({ cached, items }: Pick<FilePlan, 'cached' | 'items'>): number {
  if (cached) return 0;
  return items === undefined ? 1 : 2;
}

/** Names of a field's file, the preferred one first. */
export function namesOf(field: Field): readonly string[] {
  return typeof field.file === 'string' ? [field.file] : field.file;
}

import { controllerOf, formatOf, isCertain, isSettled, mayBeKept } from '../kernel/file-table.ts';
import type { Wanted } from '../kernel/formats/keyed.ts';
import type { Field, Source } from '../metrics/row.ts';
import type { ColumnPlan, FilePlan, Operand, Place, ReadingPlan } from './plan.ts';

/**
 * So many files of a cgroup may be kept open, the first in the order of the tables. A cgroup has up to twenty: with
 * all of them open a node with few pods would cost less per pod, and one with many would have none left for most.
 */
const KEPT_PER_CGROUP = 6;

/** What the readings of one level share: room in what a target keeps between scrapes. */
export class SlotAllocator {
  #kept = 0;
  #memory = 0;
  #readings = 0;

  /** Numbers that a target keeps. */
  get memory(): number {
    return this.#memory;
  }

  /** A place for one more descriptor, -1 if there are enough. */
  allocateDescriptor(): number {
    return this.#kept < KEPT_PER_CGROUP ? this.#kept++ : -1;
  }

  /** Room for a reading's settled numbers and the time of their next reading; where it begins. */
  allocateNumbers(numbers: number): number {
    const start = this.#memory;
    this.#memory += numbers + 1;
    return start;
  }

  /** Position of one more reading. */
  allocateReading(): number {
    return this.#readings++;
  }
}

interface Gathered {
  readonly names: readonly string[];
  readonly wanted: Wanted[];
  readonly lists: FilePlan['lists'][number][];
}

/** Gathers the files and numbers of one reading, each once, however many rows want them. */
export class ReadingBuilder {
  readonly #files = new Map<string, Gathered>();
  readonly #rowFiles = new Map<string, Gathered>();
  readonly #columns: ColumnPlan[] = [];
  readonly #place: Place;
  #numbers = 0;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Makes the numbers of `source` into a column. */
  addColumn(column: number, source: Source): void {
    this.#columns.push({
      column,
      value: this.#operand(source),
      divisor: source.divisor ?? 1,
      plus: this.#operand(source.plus),
      minus: this.#operand(source.minus),
      per: this.#operand(source.per),
      when: this.#operand(source.when),
      unlessZero: source.unlessZero ?? false,
      unlimited: source.unlimited ?? Number.NaN,
    });
  }

  /** Makes the rows of `source` into a list. */
  addList(list: number, source: Source): void {
    const { wanted, lists } = gathered(this.#rowFiles, namesOf(source));
    wanted.push({ key: source.key ?? '0', place: wanted.length });
    lists.push({ list, divisor: source.divisor ?? 1 });
  }

  /** The finished plan; limits come first, for what depends on them. */
  build(shelf: SlotAllocator): ReadingPlan {
    const all = [...this.#files.values(), ...this.#rowFiles.values()].map((file) => this.#file(file));
    const files = [...all.filter(({ settled }) => settled), ...all.filter(({ settled }) => !settled)];
    const settled = files.flatMap((file) => (file.settled ? file.places : []));
    return {
      files: files.map((file) => ({ ...file, kept: file.kept < 0 ? -1 : shelf.allocateDescriptor() })),
      columns: this.#columns,
      numbers: new Float64Array(this.#numbers),
      settled,
      memory: settled.length > 0 ? shelf.allocateNumbers(settled.length) : -1,
      id: shelf.allocateReading(),
    };
  }

  #file({ names, wanted, lists }: Gathered): FilePlan {
    const [name = ''] = names;
    const format = formatOf(name);
    const places = format.kind === 'rows' ? [] : wanted.map(({ place }) => place);
    return {
      names,
      controller: controllerOf(name),
      settled: isSettled(name),
      // A slice or service need not have every controller, so that none of its files is certain to be there.
      certain: this.#place !== 'cgroup' && this.#place !== 'node' && isCertain(name),
      kept: mayBeKept(name) && this.#place !== 'network' ? 0 : -1,
      gate: this.#gate(places),
      parse: format.kind === 'numbers' ? format.parser(wanted) : undefined,
      parseRows: format.kind === 'rows' ? format.parser(wanted) : undefined,
      places,
      lists,
    };
  }

  /** The settled number on which every column that is made of `places` depends. */
  #gate(places: readonly number[]): Operand {
    const columns = this.#columns.filter((column) =>
      [column.value, column.plus, column.minus, column.per, column.when].some((place) => places.includes(place)),
    );
    const [first] = columns;
    if (first === undefined || places.includes(first.when)) return -1;
    return columns.every(({ when }) => when === first.when) && this.#isSettled(first.when) ? first.when : -1;
  }

  #isSettled(operand: Operand): boolean {
    return [...this.#files.values()].some(
      ({ names, wanted }) => isSettled(names[0] ?? '') && wanted.some(({ place }) => place === operand),
    );
  }

  #operand(field: Field | undefined): Operand {
    if (field === undefined) return -1;
    const { wanted } = gathered(this.#files, namesOf(field));
    const key = field.key ?? '0';
    const known = wanted.find((other) => other.key === key);
    if (known !== undefined) return known.place;
    const place = this.#numbers++;
    wanted.push({ key, place });
    return place;
  }
}

function gathered(files: Map<string, Gathered>, names: readonly string[]): Gathered {
  const path = names.join();
  const known = files.get(path);
  if (known !== undefined) return known;
  const made = { names, wanted: [], lists: [] };
  files.set(path, made);
  return made;
}

/** Names of a field's file, the preferred first. */
export function namesOf(field: Field): readonly string[] {
  return typeof field.file === 'string' ? [field.file] : field.file;
}

import type { ParsedItems } from '../unit/kernel/formats/parsing.ts';
import { completeLines, decimal, decodedName, faultOf, splitOnce } from './reference-text.ts';

type Reference = (content: string, keys: readonly string[]) => ParsedItems;

/** Items in the order of the file; one without a finite number is passed on as well unless it has no number at all. */
class Items {
  readonly #keys: ReadonlySet<string>;
  readonly #items: { readonly name: string; readonly values: Map<string, number> }[] = [];
  #valid = true;

  constructor(keys: readonly string[]) {
    this.#keys = new Set(keys);
  }

  get last(): string | undefined {
    return this.#items.at(-1)?.name;
  }

  begin(name: string): void {
    this.#items.push({ name, values: new Map() });
  }

  /** Stores a number of the last item if its key is requested. */
  take(key: string, text: string): void {
    if (!this.#keys.has(key)) return;
    const value = decimal(text);
    if (value === undefined) this.#valid = false;
    else this.#items.at(-1)?.values.set(key, value);
  }

  invalid(): void {
    this.#valid = false;
  }

  /** `kept`: which items are passed on. */
  result(content: string, kept: 'all' | 'with numbers'): ParsedItems {
    const items = this.#items
      .filter(({ name, values }) => kept === 'all' || (name !== '' && values.size > 0))
      .map(({ name, values }) => {
        const finite = [...values].filter(([, value]) => Number.isFinite(value));
        return [decodedName(name), Object.fromEntries(finite)] as const;
      });
    return { items, fault: content === '' ? undefined : faultOf(content, this.#valid) };
  }
}

const deviceList: Reference = (whole, keys) => {
  const lastLine = whole.slice(whole.lastIndexOf('\n') + 1);
  const unused = lastLine.endsWith(' ') && !lastLine.includes('=');
  const content = unused ? whole.slice(0, whole.length - lastLine.length) : whole;
  return nestedList(content, keys, (word) => (/^\d/.test(word) ? word : word.startsWith('(') ? '' : undefined));
};

const namedList: Reference = (content, keys) => nestedList(content, keys, (word, first) => (first ? word : undefined));

/** `nameOf`: the item that a word without an equals sign begins, '' for one that is not passed on. */
function nestedList(
  content: string,
  keys: readonly string[],
  nameOf: (word: string, first: boolean) => string | undefined,
): ParsedItems {
  const items = new Items(keys);
  for (const line of completeLines(content)) {
    items.begin('');
    for (const [position, word] of line.split(' ').entries()) {
      const pair = splitOnce(word, '=');
      const name = nameOf(word, position === 0);
      if (pair !== undefined) items.take(...pair);
      else if (name !== undefined) items.begin(name);
    }
  }
  return items.result(content, 'with numbers');
}

const operationList: Reference = (content, keys) => {
  const items = new Items(keys);
  for (const line of completeLines(content)) {
    const [, name = '', operation = '', value = ''] = /^(\d[^ ]*) ([^ ]*) ([^]*)$/.exec(line) ?? [];
    if (name === '') continue;
    if (name !== items.last) items.begin(name);
    items.take(operation, value);
  }
  return items.result(content, 'all');
};

const flatList: Reference = (content, keys) => {
  const items = new Items(keys);
  for (const line of completeLines(content)) {
    const [, name = '', value = ''] = /^([^]+) ([^ ]*)$/.exec(line) ?? [];
    if (name === '') continue;
    items.begin(name);
    for (const key of keys) items.take(key, value);
  }
  return items.result(content, 'all');
};

const dottedList: Reference = (content, keys) => {
  const items = new Items(keys);
  for (const line of completeLines(content)) {
    const [, name = '', key = '', value = ''] = /^([^]+)\.([^.]*) ([^ ]*)$/.exec(line) ?? [];
    if (name === '') continue;
    items.begin(name);
    items.take(key, value);
  }
  return items.result(content, 'with numbers');
};

/** A line without a colon is a heading; one without a name is no interface. */
const interfaceList: Reference = (content, keys) => {
  const items = new Items(keys);
  for (const line of completeLines(content)) {
    const [, name = '', numbers = ''] = /^ *([^]*):([^:]*)$/.exec(line) ?? [];
    if (name === '') continue;
    items.begin(name);
    for (const [column, number] of numbers
      .split(' ')
      .filter((word) => word !== '')
      .entries()) {
      items.take(String(column), number);
    }
  }
  return items.result(content, 'all');
};

/** By the files of the samples. */
export const LIST_REFERENCES: Readonly<Record<string, Reference>> = {
  'io.stat': deviceList,
  'blkio.throttle.io_serviced': operationList,
  'rdma.current': namedList,
  'dmem.current': flatList,
  'misc.events': dottedList,
  'net/dev': interfaceList,
};

import type { Parsed } from '../unit/kernel/formats/parsing.ts';
import { completeLines, decimal, faultOf, fixedPoint, splitOnce } from './reference-text.ts';

type Reference = (content: string, keys: readonly string[]) => Parsed;

/** Requested numbers that were found. */
class Found {
  readonly #keys: ReadonlySet<string>;
  readonly #values = new Map<string, number>();
  #valid = true;

  constructor(keys: readonly string[]) {
    this.#keys = new Set(keys);
  }

  /** Stores a number if its key is requested; undefined is a malformed one. */
  take(key: string, value: number | undefined): void {
    if (!this.#keys.has(key)) return;
    if (value === undefined) this.#valid = false;
    else this.#values.set(key, value);
  }

  result(content: string): Parsed {
    return { values: Object.fromEntries(this.#values), fault: faultOf(content, this.#valid) };
  }
}

const values: Reference = (content, keys) => {
  const found = new Found(keys);
  if (content.endsWith('\n')) {
    const words = content.slice(0, -1).split(/[ \n]/);
    for (const [position, word] of words.entries()) found.take(String(position), decimal(word));
  }
  return found.result(content);
};

const flatKeyed: Reference = (content, keys) => {
  const found = new Found(keys);
  for (const line of completeLines(content)) {
    const [, key = '', value = ''] = /^([^ \t]*)[ \t]*([^]*)$/.exec(line) ?? [];
    found.take(key, decimal(value));
  }
  return found.result(content);
};

const nestedKeyed: Reference = (content, keys) => {
  const found = new Found(keys);
  for (const line of completeLines(content)) {
    const [group = '', ...words] = line.split(' ');
    for (const word of words) {
      const [name = '', value] = splitOnce(word, '=') ?? [word];
      found.take(`${group.replace(/:$/, '')}.${name}`, value === undefined ? undefined : fixedPoint(value));
    }
  }
  return found.result(content);
};

const pairs: Reference = (content, keys) => {
  const found = new Found(keys);
  for (const line of completeLines(content)) {
    const [group = '', ...words] = line.split(' ');
    for (let at = 0; at < words.length; at += 2) {
      found.take(`${group.replace(/:$/, '')}.${words[at]}`, decimal(words[at + 1] ?? ''));
    }
  }
  return found.result(content);
};

/** Both lines of a protocol must begin with its name and a colon. */
function protocolTable(content: string, keys: readonly string[]): Parsed {
  const found = new Found(keys);
  const lines = completeLines(content);
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [title = '', ...names] = (lines[at] ?? '').split(' ');
    const [sameTitle, ...numbers] = (lines[at + 1] ?? '').split(' ');
    if (!title.endsWith(':')) continue;
    for (const [column, name] of names.entries()) {
      const number = sameTitle === title ? decimal(numbers[column] ?? '') : undefined;
      found.take(`${title.slice(0, -1)}.${name}`, number);
    }
  }
  return found.result(content);
}

const lineCount: Reference = (content, keys) => {
  const fault = content === '' ? undefined : faultOf(content, true);
  const lines = completeLines(content).length;
  return { values: fault === undefined ? Object.fromEntries(keys.map((key) => [key, lines])) : {}, fault };
};

/** A line without a state is malformed; then no count is complete. */
const socketStates: Reference = (content, keys) => {
  const fault = faultOf(content, true);
  if (fault !== undefined) return { values: {}, fault };
  const states = completeLines(content)
    .slice(1)
    .map((line) => line.split(' ').filter((word) => word !== '')[3] ?? '');
  if (!states.every((state) => /^[\dA-F]{2}$/.test(state))) return { values: {}, fault: 'malformed' };
  const counts = keys.map((key) => [key, states.filter((state) => state === key).length] as const);
  return { values: Object.fromEntries(counts), fault };
};

const perCpuTable: Reference = (content, keys) => {
  const found = new Found(keys);
  if (!content.endsWith('\n')) return found.result(content);
  const [names = [], ...rows] = content
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  for (const key of keys) {
    const column = names.indexOf(key);
    if (column < 0 || rows.length === 0) continue;
    const words = rows.map((row) => row[column] ?? '');
    const counted = key === 'entries' ? words.slice(0, 1) : words;
    const valid = counted.every((word) => /^[\da-f]{1,8}$/.test(word));
    found.take(key, valid ? counted.reduce((sum, word) => sum + Number(`0x${word}`), 0) : undefined);
  }
  return found.result(content);
};

const meminfo: Reference = (content, keys) => {
  const found = new Found(keys);
  for (const line of completeLines(content)) {
    const [title = '', ...words] = line.split(' ');
    const value = words.find((word) => word !== '') ?? '';
    if (title.endsWith(':')) found.take(title.slice(0, -1), decimal(value));
  }
  return found.result(content);
};

const taskCount: Reference = (content, keys) => {
  const found = new Found(keys);
  const [, tasks] = splitOnce(content.split(/[ \n]/)[3] ?? '', '/') ?? [];
  const value = tasks === undefined ? undefined : decimal(tasks);
  if (content.endsWith('\n')) for (const key of keys) found.take(key, value);
  return found.result(content);
};

/** By the files of the samples. */
export const NUMBER_REFERENCES: Readonly<Record<string, Reference>> = {
  'cpu.max': values,
  'memory.max': values,
  'memory.stat': flatKeyed,
  'net/snmp6': flatKeyed,
  'cpu.pressure': nestedKeyed,
  'net/sockstat': pairs,
  'net/snmp': protocolTable,
  meminfo,
  loadavg: taskCount,
  'cgroup.procs': lineCount,
  'net/tcp': socketStates,
  'net/stat/nf_conntrack': perCpuTable,
};

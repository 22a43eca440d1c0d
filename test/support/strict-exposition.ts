import { isUtf8 } from 'node:buffer';

import { SampleTable } from './sample-table.ts';

/**
 * Parses text 0.0.4 as strictly as possible: valid UTF-8, whole lines, each family in one piece with HELP, TYPE and then
 * its samples, no series twice.
 *
 * @throws {Error} with the first line that breaks a rule.
 */
export function strictExposition(bytes: Buffer): SampleTable {
  if (!isUtf8(bytes)) throw new Error('not UTF-8');
  const text = bytes.toString();
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Families();
  for (const line of text.split('\n').slice(0, -1)) families.line(line);
  return new SampleTable(text);
}

const TYPES = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped']);
const SUFFIXES: Readonly<Record<string, string>> = {
  histogram: '(?:_bucket|_sum|_count)',
  summary: '(?:_sum|_count)?',
};

class Families {
  readonly #seen = new Set<string>();
  #name = '';
  /** Matches the beginning of a sample of the current family; undefined before its TYPE. */
  #sample: RegExp | undefined;

  line(line: string): void {
    const comment = /^# (HELP|TYPE) (\w+) (.*)$/.exec(line);
    if (comment === null) this.#assert(this.#sample?.test(line) === true, line);
    else if (comment[1] === 'HELP') this.#begin(comment[2] ?? '');
    else this.#setType(line, comment[2] ?? '', comment[3] ?? '');
  }

  #setType(line: string, name: string, type: string): void {
    this.#assert(name === this.#name && this.#sample === undefined && TYPES.has(type), line);
    this.#sample = new RegExp(`^${name}${SUFFIXES[type] ?? ''}[{ ]`);
  }

  #assert(isValid: boolean, line: string): void {
    if (!isValid) throw new Error(`line out of place: ${line}`);
  }

  #begin(name: string): void {
    if (this.#seen.has(name)) throw new Error(`family twice: ${name}`);
    this.#seen.add(name);
    this.#name = name;
    this.#sample = undefined;
  }
}

import { escapeHelp, formatLabels } from './escape.ts';
import { MAX_NUMBER_BYTES, writeNumber } from './number.ts';
import type { PagePool } from './page-pool.ts';

/** Supported exposition formats. */
export type ExpositionFormat = 'text' | 'openmetrics';

/** Content-Type by format. */
export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** Name, type and help of a metric family. */
export interface FamilyMetadata {
  /** Sample name, that is, with `_total` for a counter. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly help: string;
}

const EMPTY = Buffer.alloc(0);
const NEWLINE = 10;
const SPACE = 32;
const COMMA = 44;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** Space for braces, commas, spaces and the newline of a sample. */
const PUNCTUATION_BYTES = 8;

/**
 * Writes families and samples as text 0.0.4 or OpenMetrics 1.0 into pages of a {@link PagePool}.
 * https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
export class ExpositionWriter {
  readonly format: ExpositionFormat;
  readonly #pool: PagePool;
  readonly #full: Buffer[] = [];
  readonly #taken: Buffer[] = [];
  #stamp: Buffer = EMPTY;
  #page: Buffer = EMPTY;
  #at = 0;

  constructor(format: ExpositionFormat, pool: PagePool) {
    this.format = format;
    this.#pool = pool;
  }

  /** Encodes the HELP and TYPE lines of a family, to be written with {@link raw}. */
  static head(family: FamilyMetadata, format: ExpositionFormat): Buffer {
    const openMetrics = format === 'openmetrics';
    const name = openMetrics && family.type === 'counter' ? family.name.replace(/_total$/, '') : family.name;
    const help = escapeHelp(family.help, openMetrics);
    return Buffer.from(`# HELP ${name} ${help}\n# TYPE ${name} ${family.type}\n`);
  }

  /** Encodes labels for {@link sample}. */
  static labels(labels: Iterable<readonly [name: string, value: string]>): Buffer {
    return Buffer.from(formatLabels(labels));
  }

  /** Writes encoded bytes. */
  raw(bytes: Buffer): void {
    this.#reserve(bytes.length);
    this.#put(bytes);
  }

  /**
   * Sets the timestamp of the following samples in Unix milliseconds, the unit of text 0.0.4; `undefined` for none, the
   * default.
   */
  setTimestamp(milliseconds: number | undefined): void {
    this.#stamp = milliseconds === undefined ? EMPTY : Buffer.from(` ${Math.round(milliseconds)}`);
  }

  /** Writes one sample: `name{labels,more} value`, and the timestamp if it is set. */
  sample(name: Buffer, labels: Buffer, more: Buffer | undefined, value: number): void {
    const rest = more ?? EMPTY;
    this.#reserve(
      name.length + labels.length + rest.length + PUNCTUATION_BYTES + MAX_NUMBER_BYTES + this.#stamp.length,
    );
    this.#put(name);
    if (labels.length + rest.length > 0) {
      this.#page[this.#at++] = OPEN_BRACE;
      this.#put(labels);
      if (rest.length > 0) {
        if (labels.length > 0) this.#page[this.#at++] = COMMA;
        this.#put(rest);
      }
      this.#page[this.#at++] = CLOSE_BRACE;
    }
    this.#page[this.#at++] = SPACE;
    this.#at = writeNumber(this.#page, this.#at, value);
    if (this.#stamp.length > 0) this.#put(this.#stamp);
    this.#page[this.#at++] = NEWLINE;
  }

  /** Returns the full pages, oldest first. The caller releases them to the pool. */
  takeFullPages(): readonly Buffer[] {
    const full = this.#full.splice(0);
    this.#taken.splice(0, full.length);
    return full;
  }

  /** Whether {@link takeFullPages} would return any page. */
  get hasFullPages(): boolean {
    return this.#full.length > 0;
  }

  /** Ends the exposition and returns its chunks, which are valid until {@link release}. */
  finish(): readonly Buffer[] {
    if (this.format === 'openmetrics') this.raw(Buffer.from('# EOF\n'));
    this.#close();
    return this.#full;
  }

  /** Returns the pages to the pool. */
  release(): void {
    for (const page of this.#taken.splice(0)) this.#pool.release(page);
    this.#full.length = 0;
  }

  #put(bytes: Buffer): void {
    this.#page.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #reserve(size: number): void {
    if (this.#page.length - this.#at >= size) return;
    this.#close();
    this.#page = this.#pool.acquire(size);
    this.#taken.push(this.#page);
  }

  #close(): void {
    if (this.#at > 0) this.#full.push(this.#page.subarray(0, this.#at));
    this.#page = EMPTY;
    this.#at = 0;
  }
}

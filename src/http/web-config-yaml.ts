import type * as Yaml from 'yaml';
import { WebConfigError } from './web-config-error.ts';

/** The library, which is loaded only if there is a web configuration. */
export type YamlLibrary = typeof Yaml;

/** A scalar that is not null. */
export interface YamlScalar {
  /** As written: `0x10`, `off`. */
  readonly text: string;
  /** Whether it is a boolean or a number if `text` is written as one; false for quoted and tagged strings. */
  readonly isPlain: boolean;
}

/**
 * Keys as written with their values. A merge key is replaced by what it merges, so that a key may occur repeatedly.
 */
export class YamlMapping {
  readonly entries: readonly YamlEntry[];

  constructor(entries: readonly YamlEntry[]) {
    this.entries = entries;
  }
}

type YamlEntry = readonly [key: string, value: YamlValue];

/** Undefined stands for null. */
export type YamlValue = YamlScalar | readonly YamlValue[] | YamlMapping | undefined;

/** Maximum number of nodes, those behind aliases included. */
const MAX_NODES = 10_000;

const NULLS = new Set(['', '~', 'null', 'Null', 'NULL']);

/** Tags of scalars whose type depends on how they are written. */
const RESOLVED_TAGS = /^tag:yaml\.org,2002:(?:bool|int|float|null)$/;

const OPTIONS = {
  schema: 'failsafe',
  resolveKnownTags: false,
  uniqueKeys: false,
  merge: false,
  logLevel: 'silent',
} as const;

/**
 * Reads the first document of YAML 1.1 as Go's yaml.v2 does: the type of a scalar depends on the field that it is for.
 *
 * @throws {WebConfigError} one line that quotes no value.
 */
export function readYaml(text: string, library: YamlLibrary): YamlValue {
  const [document] = library.parseAllDocuments(text, OPTIONS);
  if (document === undefined) return undefined;
  // The parser's messages quote the text.
  if (document.errors.length > 0) throw new WebConfigError('invalid YAML');
  const { explicit, version } = document.directives.yaml;
  if (explicit === true && version !== '1.1') throw new WebConfigError('the version of YAML must be 1.1');
  return new Reader(document, library).read(document.contents);
}

/** Replaces aliases and merge keys. */
class Reader {
  readonly #document: Yaml.Document.Parsed;
  readonly #library: YamlLibrary;
  /** Nodes that are being read: an alias of one of them contains itself. */
  readonly #open = new Set<unknown>();
  #nodes = 0;

  constructor(document: Yaml.Document.Parsed, library: YamlLibrary) {
    this.#document = document;
    this.#library = library;
  }

  /** @throws {WebConfigError} if a key occurs twice, an alias contains itself or a merge key merges no mapping. */
  read(alias: unknown): YamlValue {
    const { isScalar, isSeq, isMap } = this.#library;
    const node = this.#target(alias);
    if (++this.#nodes > MAX_NODES) throw new WebConfigError(`the file has more than ${MAX_NODES} values`);
    if (isScalar(node)) return scalarOf(node);
    if (this.#open.has(node)) throw new WebConfigError('an alias contains itself');
    this.#open.add(node);
    try {
      if (isSeq(node)) return node.items.map((item) => this.read(item));
      return isMap(node) ? this.#mapping(node) : undefined;
    } finally {
      this.#open.delete(node);
    }
  }

  #target(node: unknown): unknown {
    if (!this.#library.isAlias(node)) return node;
    const target = node.resolve(this.#document);
    if (target === undefined) throw new WebConfigError('an alias refers to no anchor');
    return target;
  }

  #mapping({ items }: Yaml.YAMLMap): YamlMapping {
    const keys = new Set<string>();
    const entries: YamlEntry[] = [];
    for (const { key, value } of items) {
      if (this.#isMerge(key)) {
        entries.push(...this.#merged(value));
        continue;
      }
      const name = this.#key(key);
      if (keys.has(name)) throw new WebConfigError(`duplicate key ${JSON.stringify(name)}`);
      keys.add(name);
      entries.push([name, this.read(value)]);
    }
    return new YamlMapping(entries);
  }

  #key(key: unknown): string {
    const value = this.read(key);
    if (value instanceof YamlMapping || Array.isArray(value)) throw new WebConfigError('a key must be a scalar');
    return value === undefined ? '' : (value as YamlScalar).text;
  }

  #isMerge(key: unknown): boolean {
    return this.#library.isScalar(key) && key.value === '<<' && scalarOf(key)?.isPlain === true;
  }

  /** Of several mappings the first takes precedence, so it comes last. */
  #merged(value: unknown): readonly YamlEntry[] {
    const merged = this.read(value);
    return (Array.isArray(merged) ? merged.toReversed() : [merged]).flatMap((mapping: YamlValue) => {
      if (mapping instanceof YamlMapping) return mapping.entries;
      throw new WebConfigError('a merge key must merge mappings');
    });
  }
}

function scalarOf({ value, type, tag }: Yaml.Scalar): YamlScalar | undefined {
  const text = typeof value === 'string' ? value : '';
  if (tag === 'tag:yaml.org,2002:binary') return { text: Buffer.from(text, 'base64').toString(), isPlain: false };
  const isPlain = tag === undefined ? type === 'PLAIN' || type === undefined : RESOLVED_TAGS.test(tag);
  return isPlain && NULLS.has(text) ? undefined : { text, isPlain };
}

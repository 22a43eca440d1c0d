import { WebConfigError } from './web-config-error.ts';
import { YamlMapping, type YamlScalar, type YamlValue } from './web-config-yaml.ts';
import { goDurationNs, yamlBoolean, yamlNumber } from './web-config-scalars.ts';

/** The fields of a mapping of the configuration. A field that was not read is an error: a misspelt one is not ignored. */
export class Fields {
  readonly #path: string;
  readonly #values: ReadonlyMap<string, YamlValue>;
  readonly #read = new Set<string>();

  /** `path` is that of the mapping, empty for the whole. @throws {WebConfigError} if `value` is not a mapping. */
  constructor(path: string, value: YamlValue) {
    this.#path = path;
    this.#values = new Map(mappingOf(path === '' ? 'the file' : path, value).entries);
  }

  /** Whether the field has a value that is not null. */
  has(name: string): boolean {
    return this.#value(name) !== undefined;
  }

  /** The fields of a mapping, if there is one. */
  child(name: string): Fields | undefined {
    const value = this.#value(name);
    return value === undefined ? undefined : new Fields(this.#of(name), value);
  }

  /** A string that is not empty, if there is one. A number or boolean is a string as it is written. */
  text(name: string): string | undefined {
    const text = this.#scalar(name)?.text;
    return text === '' ? undefined : text;
  }

  flag(name: string): boolean | undefined {
    const scalar = this.#scalar(name);
    return scalar === undefined ? undefined : (yamlBoolean(scalar) ?? this.fail(name, 'must be true or false'));
  }

  /** A number without its fraction. */
  integer(name: string): number | undefined {
    const scalar = this.#scalar(name);
    return scalar === undefined ? undefined : (yamlNumber(scalar) ?? this.fail(name, 'must be a number'));
  }

  /** Nanoseconds. */
  duration(name: string): number | undefined {
    const scalar = this.#scalar(name);
    return scalar === undefined
      ? undefined
      : (goDurationNs(scalar) ?? this.fail(name, 'must be a duration such as 1s'));
  }

  /** One of several strings. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const scalar = this.#scalar(name);
    if (scalar === undefined) return undefined;
    return choices.find((choice) => choice === scalar.text) ?? this.fail(name, `must be one of ${choices.join(', ')}`);
  }

  /** Strings in order; none if the field is absent. */
  list(name: string): readonly string[] {
    const value = this.#value(name) ?? [];
    if (!isList(value)) return this.fail(name, 'must be a list');
    return value.map((item) => this.#textOf(item) ?? this.fail(name, 'must be a list of strings'));
  }

  /** The values of the names in a list. */
  names(name: string, meanings: ReadonlyMap<string, string>): readonly string[] {
    return this.list(name).map(
      (item) => meanings.get(item) ?? this.fail(name, `must contain only ${[...meanings.keys()].join(', ')}`),
    );
  }

  /** Strings by key, null as an empty one; none if the field is absent. */
  texts(name: string): ReadonlyMap<string, string> {
    const value = this.#value(name);
    const texts = new Map<string, string>();
    if (value === undefined) return texts;
    for (const [key, item] of mappingOf(this.#of(name), value).entries) {
      if (texts.has(key)) this.fail(name, `has the key ${JSON.stringify(key)} twice`);
      texts.set(key, this.#textOf(item) ?? this.fail(name, `must have a string for ${JSON.stringify(key)}`));
    }
    return texts;
  }

  /** @throws {WebConfigError} always, about a field. */
  fail(name: string, problem: string): never {
    throw new WebConfigError(`${this.#of(name)} ${problem}`);
  }

  /** @throws {WebConfigError} if there is a field that was not read. */
  end(): void {
    const unknown = [...this.#values.keys()].find((name) => !this.#read.has(name));
    if (unknown !== undefined) throw new WebConfigError(`unknown field ${JSON.stringify(this.#of(unknown))}`);
  }

  #scalar(name: string): YamlScalar | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    return isList(value) || value instanceof YamlMapping ? this.fail(name, 'must be a string') : value;
  }

  /** The text of a scalar; absent for a list or a mapping. */
  #textOf(value: YamlValue): string | undefined {
    if (value === undefined) return '';
    return isList(value) || value instanceof YamlMapping ? undefined : value.text;
  }

  #value(name: string): YamlValue {
    this.#read.add(name);
    return this.#values.get(name);
  }

  #of(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }
}

function mappingOf(path: string, value: YamlValue): YamlMapping {
  if (value instanceof YamlMapping) return value;
  throw new WebConfigError(`${path} must be a mapping`);
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

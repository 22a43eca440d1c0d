/** An invalid web configuration. The message is one line, names the field and quotes no value. */
export class WebConfigError extends Error {
  override readonly name = 'WebConfigError';
}

type Values = Readonly<Record<string, unknown>>;

/** The fields of an object of the configuration. A field that was not read is an error: a misspelt one is not ignored. */
export class Fields {
  readonly #path: string;
  readonly #values: Values;
  readonly #read = new Set<string>();

  /** `path` is that of the object, empty for the whole. @throws {WebConfigError} if `value` is not an object. */
  constructor(path: string, value: unknown) {
    this.#path = path;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new WebConfigError(`${path === '' ? 'the file' : path} must be a mapping`);
    }
    this.#values = value as Values;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined && this.#values[name] !== null;
  }

  /** An object, if there is one. */
  child(name: string): Fields | undefined {
    const value = this.#value(name);
    return value === undefined ? undefined : new Fields(this.#of(name), value);
  }

  /** A string that is not empty, if there is one. */
  text(name: string): string | undefined {
    const value = this.#value(name);
    if (value !== undefined && typeof value !== 'string') this.fail(name, 'must be a string');
    return value === '' ? undefined : value;
  }

  flag(name: string): boolean | undefined {
    const value = this.#value(name);
    if (value !== undefined && typeof value !== 'boolean') this.fail(name, 'must be true or false');
    return value;
  }

  /** One of several strings. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    return choices.find((choice) => choice === text) ?? this.fail(name, `must be one of ${choices.join(', ')}`);
  }

  /** Strings in order; none if the field is absent. */
  list(name: string): readonly string[] {
    const value = this.#value(name) ?? [];
    if (!Array.isArray(value)) return this.fail(name, 'must be a list');
    return value.map((item: unknown) =>
      typeof item === 'string' ? item : this.fail(name, 'must be a list of strings'),
    );
  }

  /** The values of the names in a list. */
  names(name: string, meanings: Readonly<Record<string, string>>): readonly string[] {
    return this.list(name).map(
      (item) => meanings[item] ?? this.fail(name, `must contain only ${Object.keys(meanings).join(', ')}`),
    );
  }

  /** Strings by name; none if the field is absent. */
  texts(name: string): ReadonlyMap<string, string> {
    const fields = this.child(name);
    if (fields === undefined) return new Map();
    return new Map(Object.keys(fields.#values).map((key) => [key, fields.text(key) ?? '']));
  }

  /** @throws {WebConfigError} always, about a field. */
  fail(name: string, problem: string): never {
    throw new WebConfigError(`${this.#of(name)} ${problem}`);
  }

  /** @throws {WebConfigError} if there is a field that was not read. */
  end(): void {
    const unknown = Object.keys(this.#values).find((name) => !this.#read.has(name));
    if (unknown !== undefined) throw new WebConfigError(`unknown field ${JSON.stringify(this.#of(unknown))}`);
  }

  #value(name: string): unknown {
    this.#read.add(name);
    return this.#values[name] ?? undefined;
  }

  #of(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }
}

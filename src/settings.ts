import { type FlagValue, list, oneOf } from './flag-values.ts';
import type { Option, OptionTable } from './option.ts';
import { environmentName, OPTIONS, type OptionName } from './options.ts';

/** Values by flag as a command line or the environment has them. Those of a boolean flag are `true` and `false`. */
export type GivenValues = ReadonlyMap<string, readonly FlagValue[]>;

/** Values of the flags of a command: from the command line, else from the environment, else the defaults. */
export class Settings {
  readonly #given: GivenValues;

  constructor(commandLine: GivenValues, environment: GivenValues) {
    this.#given = new Map([...environment, ...commandLine]);
  }

  /** The value of a flag that is not boolean; empty if it has none. The last one if it was repeated. */
  value(name: OptionName): FlagValue {
    return this.values(name).at(-1) ?? { source: `--${name}`, text: '' };
  }

  /** All values of a repeatable flag. */
  values(name: OptionName): readonly FlagValue[] {
    const { default: text }: Option = OPTIONS[name];
    return this.#given.get(name) ?? (text === undefined ? [] : [{ source: `--${name}`, text }]);
  }

  isEnabled(name: OptionName): boolean {
    return this.choice(name) === true;
  }

  /** Whether a boolean flag, also of a collector, was set to true or false; `undefined` if it was not set. */
  choice(flag: string): boolean | undefined {
    const text = this.#given.get(flag)?.at(-1)?.text;
    return text === undefined ? undefined : text === 'true';
  }
}

/**
 * Values of the flags in `table` that the environment has.
 *
 * @throws {ConfigError} if that of a boolean flag is neither true nor false.
 */
export function environmentValues(table: OptionTable, environment: NodeJS.ProcessEnv): GivenValues {
  const given = new Map<string, readonly FlagValue[]>();
  for (const [name, option] of Object.entries(table)) {
    const sources = [environmentName(name), ...(option.variable === undefined ? [] : [option.variable])];
    const source = sources.find((variable) => environment[variable] !== undefined);
    if (source !== undefined) given.set(name, valuesOf(option, { source, text: environment[source] ?? '' }));
  }
  return given;
}

function valuesOf({ value, repeatable }: Option, given: FlagValue): readonly FlagValue[] {
  if (value === undefined) oneOf(given, ['true', 'false']);
  if (repeatable !== true) return [given];
  const texts = list(given.text);
  return texts.length === 0 ? [given] : texts.map((text) => ({ ...given, text }));
}

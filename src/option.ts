/** A flag. */
export interface Option {
  /** What its value is called in `--help`; absent for a boolean flag, which has no value and is negated by `--no-`. */
  readonly value?: string;
  readonly default?: string;
  /** Stands for the default in `--help` where that is too long. */
  readonly defaultAbout?: string;
  /** May be given several times; in the environment its values are separated by commas. */
  readonly repeatable?: true;
  /** A second environment variable that is read, as the downward API is usually mapped to it. */
  readonly variable?: string;
  /** Sentences for `--help` and the documentation. */
  readonly help: string;
}

/** Flags by name, in the order in which they are documented. */
export type OptionTable = Readonly<Record<string, Option>>;

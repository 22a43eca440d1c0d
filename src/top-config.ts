import { numberBetween, oneOf, urlOf, type FlagValue } from './flag-values.ts';
import type { OptionName } from './options.ts';
import type { Settings } from './settings.ts';
import { VIEW_NAMES } from './top/columns.ts';
import { SORT_NAMES } from './top/sorting.ts';
import type { Choice } from './top/state.ts';

/** Files and names for the URL of an exporter. */
export interface Access {
  readonly user?: FlagValue;
  readonly passwordFile?: FlagValue;
  readonly tokenFile?: FlagValue;
  readonly caFile?: FlagValue;
  readonly serverName?: FlagValue;
}

/** The configuration of the command `top`. */
export interface TopConfig {
  /** Of a running exporter; absent to read the kernel. */
  readonly url?: URL;
  /** How to authenticate, and how to verify the exporter. */
  readonly access: Access;
  readonly intervalSeconds: number;
  readonly isStream: boolean;
  readonly choice: Choice;
}

/**
 * Reads the flags of `top`.
 *
 * @throws {ConfigError} for a value that cannot be used.
 */
export function topConfig(settings: Settings): TopConfig {
  const value = (name: OptionName): FlagValue => settings.value(name);
  return {
    ...(value('url').text === '' ? {} : { url: urlOf(value('url')) }),
    access: accessOf(value),
    intervalSeconds: numberBetween(value('interval'), 1, 60),
    isStream: settings.choice('stream') !== false,
    choice: {
      view: oneOf(value('columns'), VIEW_NAMES),
      sort: oneOf(value('sort'), SORT_NAMES),
      filter: value('filter').text,
      isAllExpanded: settings.isEnabled('expand'),
    },
  };
}

function accessOf(value: (name: OptionName) => FlagValue): Access {
  const optional = <K extends string>(key: K, name: OptionName): { readonly [P in K]?: FlagValue } =>
    value(name).text === '' ? {} : ({ [key]: value(name) } as { readonly [P in K]: FlagValue });
  return {
    ...optional('user', 'user'),
    ...optional('passwordFile', 'password-file'),
    ...optional('tokenFile', 'bearer-token-file'),
    ...optional('caFile', 'ca-file'),
    ...optional('serverName', 'tls-server-name'),
  };
}

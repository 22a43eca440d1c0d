import { Command as Program, CommanderError, Option as ProgramOption } from 'commander';
import type { Command } from './commands/command.ts';
import { commands } from './commands/index.ts';
import { once } from './commands/once.ts';
import { ConfigError, type FlagValue } from './flag-values.ts';
import { helpText } from './help.ts';
import type { Option, OptionTable } from './option.ts';
import { COLLECTOR_OPTIONS, COMMON_OPTIONS } from './options.ts';
import { environmentValues, Settings, type GivenValues } from './settings.ts';
import { version } from './version.ts';

/** What a command line asks for: a command with the values of its flags, or a text to print. */
export type Invocation = { readonly command: Command; readonly settings: Settings } | { readonly text: string };

/** Every flag of every command. */
export const ALL_OPTIONS: OptionTable = Object.fromEntries(
  [...commands.map(({ options }) => options), COMMON_OPTIONS, COLLECTOR_OPTIONS].flatMap(Object.entries<Option>),
);

/**
 * Reads a command line and the environment. `width` is that of the terminal.
 *
 * @throws {ConfigError} for an unknown command or flag, or a flag without its value.
 */
export function readCommandLine(args: readonly string[], environment: NodeJS.ProcessEnv, width?: number): Invocation {
  const parsed = parse(args, width);
  if ('text' in parsed) return parsed;
  const { command, given } = parsed;
  const settings = new Settings(given, environmentValues(optionsOf(command), environment));
  if (settings.isEnabled('version')) return { text: `pod-exporter ${version}\n` };
  return { command: settings.isEnabled('once') ? once : command, settings };
}

interface Parsed {
  readonly command: Command;
  readonly given: GivenValues;
}

function parse(args: readonly string[], width: number | undefined): Parsed | { readonly text: string } {
  const output: string[] = [];
  const parsed: Parsed[] = [];
  const program = new Program('pod-exporter')
    .exitOverride()
    .configureOutput({ writeOut: (text) => output.push(text), writeErr: () => {} })
    .configureHelp({ formatHelp: (shown) => helpText(commandNamed(shown.name()), width) })
    .helpCommand('help [command]');
  for (const { name } of commands) program.command(name);
  const ordered = commandFirst(args);
  const command = commandNamed(ordered[0]);
  if (command !== undefined) defineFlags(program, command, (given) => parsed.push({ command, given }));
  try {
    program.parse(ordered, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw new ConfigError(usageError(error.message), { cause: error });
  }
  return parsed[0] ?? { text: output.join('') };
}

function commandNamed(name: string | undefined): Command | undefined {
  return commands.find((command) => command.name === name);
}

/** Only the command that is run has flags: those of the others would be memory for nothing. */
function defineFlags(program: Program, command: Command, done: (given: GivenValues) => void): void {
  const defined = program.commands.find((each) => each.name() === command.name);
  const names = Object.keys(optionsOf(command));
  for (const option of names.flatMap(programOptions)) defined?.addOption(option);
  defined?.action((values: ProgramValues) => done(givenValues(command, values)));
}

function optionsOf({ options }: Command): OptionTable {
  return { ...options, ...COMMON_OPTIONS, ...COLLECTOR_OPTIONS };
}

function programOptions(name: string): ProgramOption[] {
  const value = ALL_OPTIONS[name]?.value;
  if (value === undefined) return [new ProgramOption(`--${name}`), new ProgramOption(`--no-${name}`)];
  return [new ProgramOption(`--${name} <${value}>`).argParser(appended)];
}

function appended(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, text];
}

/** What the library stores, under names of its own. */
type ProgramValues = Readonly<Record<string, readonly string[] | boolean>>;

function givenValues(command: Command, values: ProgramValues): GivenValues {
  const given = new Map<string, readonly FlagValue[]>();
  for (const name of Object.keys(optionsOf(command))) {
    const value = values[new ProgramOption(`--${name}`).attributeName()];
    const texts = typeof value === 'boolean' ? [String(value)] : value;
    if (texts !== undefined) {
      given.set(
        name,
        texts.map((text) => ({ source: `--${name}`, text })),
      );
    }
  }
  if (command === once) given.set('once', [{ source: once.name, text: 'true' }]);
  return given;
}

/** The arguments as the library needs them: the command first, the default one if there is none. */
function commandFirst(args: readonly string[]): readonly string[] {
  const flags: string[] = [];
  const operands: string[] = [];
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  for (let at = 0; at < end; at++) {
    const arg = args[at] ?? '';
    if (arg.startsWith('-')) {
      const flag = checkedFlag(arg, args[at + 1]);
      flags.push(...flag);
      at += flag.length - 1;
    } else {
      operands.push(arg);
    }
  }
  const [command, ...others] = [...operands, ...args.slice(end + 1)];
  if (command === undefined && flags.some((flag) => flag === '-h' || flag === '--help')) return ['--help'];
  return [command ?? commands[0].name, ...flags, ...(others.length === 0 ? [] : ['--', ...others])];
}

/**
 * A flag, and `next` if that is its value. The library would take the next flag for a missing value, and has no
 * suggestion for a misspelt flag with a value.
 */
function checkedFlag(arg: string, next: string | undefined): readonly string[] {
  const [flag = arg] = arg.split('=', 1);
  const isValued = ALL_OPTIONS[flag.slice(2)]?.value !== undefined;
  if (flag !== arg) {
    if (isBoolean(flag)) throw new ConfigError(`'${flag}' takes no value`);
    return [isValued ? arg : flag];
  }
  if (!isValued) return [flag];
  if (next === undefined || next.startsWith('-')) throw new ConfigError(`${flag} requires a value`);
  return [flag, next];
}

function isBoolean(flag: string): boolean {
  const option = ALL_OPTIONS[flag.replace(/^--(?:no-)?/, '')];
  return option !== undefined && option.value === undefined;
}

/** An error of the library in one line, with its suggestion. */
function usageError(message: string): string {
  const [line = '', suggestion] = message.replace(/^error: /, '').split(/\n\(Did you mean |\?\)$/);
  const [, unexpected] = /^too many arguments.*: (.*)\.$/.exec(line) ?? [];
  if (unexpected !== undefined) return `unexpected argument '${unexpected}'`;
  const hint = suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
  const [, flag, name = ''] = /^unknown option '(--(?:no-)?([^'=]*))/.exec(line) ?? [];
  if (flag === undefined) return line.replace('option', 'flag') + hint;
  const owner = commands.find(({ options }) => name in options);
  return `unknown flag '${flag}'${owner === undefined ? hint : `; it is a flag of the command ${owner.name}`}`;
}

/** The names that a misspelt one resembles most, as the library judges that. */
export function similarNames(misspelt: string, names: readonly string[]): readonly string[] {
  const program = new Program().exitOverride().configureOutput({ writeErr: () => {} });
  for (const name of names) program.command(name);
  try {
    program.parse([misspelt], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const [, similar] = /\(Did you mean (?:one of )?(.*)\?\)$/.exec(error.message) ?? [];
    return similar?.split(', ') ?? [];
  }
  return [];
}

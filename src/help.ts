import { NO_BREAK_SPACE, wrap } from './base/wrap.ts';
import type { Command } from './commands/command.ts';
import { commands } from './commands/index.ts';
import type { Option, OptionTable } from './option.ts';
import { COLLECTOR_OPTIONS, COMMON_OPTIONS, environmentName } from './options.ts';

/** Column at which explanations begin. */
const COLUMN = 34;

/** Characters of a line where the terminal has no width. */
const DEFAULT_WIDTH = 100;

/** A term and its explanation. */
type Item = readonly [term: string, about: string];

const ABOUT =
  'Prometheus exporter for the pods of one Kubernetes node. All metrics are read from the kernel at scrape time.';

const HELP: Item = ['-h, --help', 'Print this help and exit.'];

/** The text of `--help`: of one command, or of the program, which has the flags of the default command too. */
export function helpText(command?: Command, width = DEFAULT_WIDTH): string {
  const [byDefault] = commands;
  const { name, options } = command ?? byDefault;
  const sections: readonly (readonly [title: string, items: readonly Item[]])[] = [
    ['Commands', command === undefined ? commandItems() : []],
    [`Flags of ${name}`, optionItems(options)],
    ['Flags', [...optionItems(COMMON_OPTIONS), HELP]],
    ['Collectors', collectorItems()],
  ];
  return [
    `Usage: pod-exporter ${command?.name ?? '[command]'} [flags]\n`,
    `${wrap(command?.about ?? ABOUT, width).join('\n')}\n`,
    ...sections.filter(([, items]) => items.length > 0).map(([title, items]) => section(title, items, width)),
    `${wrap(environmentNote(), width).join('\n')}\n`,
  ].join('\n');
}

function environmentNote(): string {
  const flag = 'log.level';
  return `Flags can also be set in the environment, where --${flag} is ${environmentName(flag)}; the command line takes precedence.`;
}

function commandItems(): readonly Item[] {
  const [byDefault] = commands;
  const items = commands.map((command): Item => {
    const note = command === byDefault ? ' This is the default command.' : '';
    return [command.name, `${command.about}${note}`];
  });
  return [...items, ['help [command]', 'Print the help of a command and exit.']];
}

function optionItems(options: OptionTable): readonly Item[] {
  return Object.entries(options).map(([name, option]): Item => {
    const value = option.value === undefined ? '' : `=${option.value}`;
    return [`--${name}${value}${option.repeatable ? ' ...' : ''}`, `${option.help}${notes(option)}`];
  });
}

function notes(option: Option): string {
  const { default: text, defaultAbout, variable } = option;
  const shown = text === undefined || /^\d+$/.test(text) ? text : `"${text}"`;
  const all = [
    ...(shown === undefined ? [] : [`default ${defaultAbout ?? shown}`]),
    ...(variable === undefined ? [] : [`also set by ${variable}`]),
  ];
  return all.length === 0 ? '' : ` ${unbroken(`(${all.join(', ')})`)}`;
}

/** The text for {@link wrap} to keep in one line, unless that would leave much of a line empty. */
function unbroken(text: string): string {
  return text.length > MAX_UNBROKEN ? text : text.replaceAll(' ', NO_BREAK_SPACE);
}

const MAX_UNBROKEN = 40;

function collectorItems(): readonly Item[] {
  return Object.entries(COLLECTOR_OPTIONS).map(([name, option]): Item => {
    const state = option.default === 'true' ? 'enabled' : 'disabled';
    return [`--[no-]${name}`, `${option.help} ${unbroken(`(default ${state})`)}`];
  });
}

function section(title: string, items: readonly Item[], width: number): string {
  return `${title}:\n${items.map((item) => itemText(item, width)).join('')}`;
}

/** The explanation stands beside a short term, and below a long one. */
function itemText([term, about]: Item, width: number): string {
  const indent = ' '.repeat(COLUMN);
  const head = `  ${term}`;
  const isShort = head.length < COLUMN - 1;
  const lines = wrap(about, Math.max(width - COLUMN, MIN_TEXT_WIDTH)).map((line) => `${indent}${line}\n`);
  const text = lines.join('');
  return isShort ? head + text.slice(head.length) : `${head}\n${text}`;
}

/** On a narrow terminal longer lines are better than many. */
const MIN_TEXT_WIDTH = 30;

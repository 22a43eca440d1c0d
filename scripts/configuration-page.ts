import { commands } from '../src/commands/index.ts';
import type { Option, OptionTable } from '../src/option.ts';
import { COLLECTOR_OPTIONS, COMMON_OPTIONS, environmentName } from '../src/options.ts';

/** Content of docs/configuration.md, generated from the commands and the tables of flags and metrics. */
export function configurationPage(): string {
  return `# Configuration

Generated from \`src/commands/\`, \`src/options.ts\`, \`src/serve-options.ts\` and \`src/metrics/\` by \`npm run update\`; a test
keeps it current.

${[commandSection(), ...flagSections(), collectorSection(), EXIT_CODES].join('\n\n')}
`;
}

function commandSection(): string {
  const [byDefault] = commands;
  return `## Commands

\`pod-exporter [command] [flags]\` runs \`${byDefault.name}\` if no command is given. \`-h\` and \`--help\` print the help of a
command.

| command | what it does |
|---|---|
${commands.map(({ name, about }) => `| \`${name}\` | ${about} |`).join('\n')}

The command line takes precedence over the environment, the environment over the default. A boolean flag is negated by
\`--no-\`, and set by \`true\` or \`false\` in the environment. If a flag is repeated, its last value counts; the values of a
repeatable flag (\`...\`) add up, and are separated by commas in the environment. A value that cannot be used is reported
in one line on standard error, with the flag or variable that set it, and exit code 2. A variable that begins with
\`POD_EXPORTER_\` and is that of no flag is reported by a warning.`;
}

function flagSections(): readonly string[] {
  const own = commands.filter(({ options }) => Object.keys(options).length > 0);
  return [
    ...own.map(({ name, options }) => `## Flags of \`${name}\`\n\n${optionTable(options)}`),
    `## Flags of all commands\n\n${optionTable(COMMON_OPTIONS)}\n| \`-h\`, \`--help\` |  |  | Print this help and exit. |`,
  ];
}

function collectorSection(): string {
  return `## Collectors

All commands have these flags. \`?collect[]=cpu&collect[]=memory\` selects from the enabled collectors for one request,
and \`?exclude[]=network\` excludes some; see [endpoints](endpoints.md).

| flag that changes the default | environment | default | what it exports |
|---|---|---|---|
${collectorRows().join('\n')}`;
}

const EXIT_CODES = `## Exit codes

| code | meaning |
|---|---|
| 0 | \`serve\`: ended by SIGTERM or SIGINT, after the in-flight requests. \`once\`: a scrape was printed. \`doctor\`: no check fails. |
| 1 | The exporter cannot do its job: an address is in use, the file of pods cannot be read at start, there is no cgroup. \`doctor\`: a check fails. |
| 2 | A command, a flag or an environment variable cannot be used. |`;

function optionTable(options: OptionTable): string {
  const rows = Object.entries(options).map(([name, option]) => {
    const flag = `\`--${name}${option.repeatable ? ' ...' : ''}\``;
    return `| ${flag} | ${variables(name, option)} | ${cell(option.default)} | ${escaped(option.help)} |`;
  });
  return ['| flag | environment | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

function collectorRows(): readonly string[] {
  return Object.entries(COLLECTOR_OPTIONS).map(([name, option]) => {
    const isEnabled = option.default === 'true';
    const flag = `\`--${isEnabled ? 'no-' : ''}${name}\``;
    return `| ${flag} | ${variables(name, option)} | ${isEnabled ? 'enabled' : 'disabled'} | ${escaped(option.help)} |`;
  });
}

/** Flags without an environment variable. */
const ONLY_FLAGS = new Set(['version', 'once']);

function variables(name: string, { variable }: Option): string {
  if (ONLY_FLAGS.has(name)) return '';
  return [environmentName(name), ...(variable === undefined ? [] : [variable])].map((text) => cell(text)).join(', ');
}

function cell(text: string | undefined): string {
  return text === undefined ? '' : `\`${escaped(text)}\``;
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}

import { environmentName } from '../src/config.ts';
import { collectors } from '../src/metrics/index.ts';
import { OPTIONS, type Option } from '../src/options.ts';

/** The text of docs/configuration.md, made from the table of options and the tables of metrics. */
export function configurationPage(): string {
  const options = Object.entries<Option>(OPTIONS).map(([name, option]) => {
    const fallback = option.default === undefined ? '' : `\`${option.default.replaceAll('|', '\\|')}\``;
    return `| \`--${name}\` | ${variable(name)} | ${fallback} | ${option.help.replaceAll('|', '\\|')} |`;
  });
  const switches = collectors.map(
    ({ name, about, enabled }) =>
      `| \`--${enabled ? 'no-' : ''}collector.${name}\` | \`${environmentName(`collector.${name}`)}\` | ${enabled ? 'on' : 'off'} | ${about} |`,
  );
  return `# Configuration

Generated from \`src/options.ts\` and \`src/metrics/\` by \`npm run update\`; a test keeps it current.

A flag on the command line goes before the environment, the environment before the default. A value that cannot be
used is answered with one line on standard error and exit code 2.

## Flags

| flag | environment | default | meaning |
|---|---|---|---|
${options.join('\n')}

## Collectors

Each is switched by a flag, or by \`true\` or \`false\` in the environment. \`?collect[]=cpu&collect[]=memory\` selects
among those that are on, for one request; see [endpoints](endpoints.md).

| flag that changes it | environment | default | what it reads |
|---|---|---|---|
${switches.join('\n')}

## Exit codes

| code | meaning |
|---|---|
| 0 | ended by SIGTERM or SIGINT after the running scrape; or \`--once\` printed a scrape |
| 1 | it could not do its job: the port is taken, the file of pods cannot be used at the start, there is no cgroup to read |
| 2 | a flag or environment variable cannot be used |
`;
}

function variable(name: string): string {
  return name === 'version' || name === 'help' || name === 'once' ? '' : `\`${environmentName(name)}\``;
}

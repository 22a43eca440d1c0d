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
among those that are on, for one request; a name that is not among them is answered with status 400 and the list.

| flag that changes it | environment | default | what it reads |
|---|---|---|---|
${switches.join('\n')}

## Endpoints

| path | answer |
|---|---|
| \`/metrics\` (\`--web.telemetry-path\`) | every series, as text 0.0.4 or OpenMetrics 1.0 by \`Accept\`, with gzip by \`Accept-Encoding\` |
| \`/healthz\` | 200 while the process answers |
| \`/readyz\` | 200 once the first list of pods is in, 503 before; with \`--scope=pod\` always 200 |
| \`/\` | a page that says what this is and what was found |

The header \`X-Prometheus-Scrape-Timeout-Seconds\` is kept: when the time is nearly up, what has been read is sent, and
\`pod_exporter_collector_success\` is 0 for the collectors that were cut.

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

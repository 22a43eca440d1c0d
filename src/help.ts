import { collectors } from './metrics/index.ts';
import { environmentName } from './config.ts';
import { OPTIONS, type Option } from './options.ts';

/** Column at which the explanation begins. */
const INDENT = 8;

/** The text of `--help`. */
export function helpText(): string {
  const options = Object.entries<Option>(OPTIONS).map(([name, option]) => {
    const value = option.type === 'boolean' ? '' : `=${option.default ?? '...'}`;
    return `  --${name}${value}\n${' '.repeat(INDENT)}${option.help}\n`;
  });
  const switches = collectors.map(({ name, about, enabled }) => {
    return `  --${enabled ? 'no-' : ''}collector.${name}\n${' '.repeat(INDENT)}${enabled ? 'On' : 'Off'}. ${about}\n`;
  });
  return `pod-exporter: Prometheus metrics of every pod on this node, read from the kernel at the moment of the scrape.

Usage: pod-exporter [flags]

${options.join('')}
Collectors:
${switches.join('')}
Every flag has a twin in the environment: --web.listen-address is ${environmentName('web.listen-address')}.
`;
}

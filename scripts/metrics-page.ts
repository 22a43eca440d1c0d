import { collectors } from '../src/metrics/index.ts';
import type {
  CgroupRow,
  Collector,
  FactRow,
  Family,
  Field,
  NetworkRow,
  Origin,
  Source,
  TableRow,
  UsageRow,
} from '../src/metrics/row.ts';
import { ownFamilies, ownLabels } from './own-families.ts';

const own = await ownFamilies();

/** Content of docs/metrics.md, generated from the tables of metrics. */
export function metricsPage(): string {
  return `# Metrics

Generated from \`src/metrics/\` by \`npm run update\`; a test keeps it current.

The stability of a family is what you can rely on: [the policy](../CONTRIBUTING.md#stability-of-series).

Every family can be summed: a level of its own makes a family of its own. \`container_*\` has the labels
\`namespace, pod, container\`, \`pod_*\` has \`namespace, pod\`, \`cgroup_*\` has \`cgroup\` (the root, kubepods and its
QoS classes, system slices; without Kubernetes also services and scopes). The pause container is in no family.

A container outside of pods, such as one of Docker or Podman, has \`container_*\` with the label \`container\` alone: its
name, or its short ID where no engine reports it ([Docker and Podman](docker.md)). Each family \`pod_network_*\` exists as \`container_network_*\` for its
network namespace; containers on the network of the host have none, and of containers that share a namespace the oldest
has it.

A value that the kernel does not report has no series; a zero is a value that the kernel reports. No series has an
explicit timestamp: values are read during the scrape.

${collectors.map(section).join('\n')}
${ownSection()}`;
}

function section(collector: Collector): string {
  const { name, about, enabled, cgroup = [], network = [], usage = [], facts = [], tables: plain = [] } = collector;
  const tables = [
    [['name', 'type', 'stability', 'further labels', 'cgroup v1', 'cgroup v2', 'meaning'], cgroup.map(cgroupLine)],
    [['name', 'type', 'stability', 'further labels', 'below `/proc/<pid>`', 'meaning'], network.map(networkLine)],
    [['name', 'type', 'stability', 'further labels', 'meaning'], usage.map(usageLine)],
    [['name', 'type', 'stability', 'further labels', 'meaning'], facts.map(plainLine)],
    [['name', 'type', 'stability', 'labels', 'meaning'], plain.map(plainLine)],
  ] as const;
  const state = enabled ? 'On by default.' : `Off by default; \`--collector.${name}\` switches it on.`;
  return `## ${name}\n\n${about} ${state}\n\n${tables.flatMap(([heads, lines]) => (lines.length > 0 ? [table(heads, lines)] : [])).join('\n')}`;
}

function ownSection(): string {
  const lines = own.map((family) => {
    const { name, type, help } = family;
    return line([`\`${name}\``, type, 'stable', ownLabels(family).join(', '), help]);
  });
  return `## About the exporter itself

Without a label of a pod. Besides these, \`process_*\` and \`nodejs_*\` of the client library.

${table(['name', 'type', 'stability', 'labels', 'meaning'], lines)}`;
}

function table(heads: readonly string[], lines: readonly string[]): string {
  return `| ${heads.join(' | ')} |\n|${heads.map(() => '---').join('|')}|\n${lines.join('\n')}\n`;
}

function cgroupLine(row: CgroupRow): string {
  const origins = Array.isArray(row.from) ? row.from : [row.from];
  const name = row.levels.map((level) => `\`${level}_${row.name}\``).join('<br>');
  const side = (version: 'v1' | 'v2'): string =>
    [...new Set(origins.map((origin: Readonly<Record<'v1' | 'v2', Origin>>) => describeOrigin(origin[version])))].join(
      '<br>',
    );
  return line([name, row.type, stabilityOf(row), labelsOf(row), side('v1'), side('v2'), row.help]);
}

function networkLine(row: NetworkRow): string {
  const sources: readonly Source[] = Array.isArray(row.source) ? row.source : [row.source as Source];
  return line([
    `\`${row.name}\``,
    row.type,
    stabilityOf(row),
    labelsOf(row),
    sources.map(describe).join('<br>'),
    row.help,
  ]);
}

function usageLine(row: UsageRow): string {
  return line([`\`${row.name}\``, row.type, stabilityOf(row), `type: ${row.types.join(', ')}`, row.help]);
}

function plainLine(row: FactRow | TableRow): string {
  return line([`\`${row.name}\``, row.type, stabilityOf(row), labelsOf(row), row.help]);
}

function stabilityOf({ stability = 'stable' }: Family): string {
  return stability;
}

function labelsOf(row: Family & { readonly outside?: { readonly by: readonly string[] } }): string {
  const outside = row.outside === undefined ? '' : `; outside of pods ${row.outside.by.join(', ')}`;
  return ((row.by ?? []).join(', ') + outside).replaceAll('<', '&lt;');
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function describeOrigin(origin: Origin): string {
  return origin === 'absent' ? '-' : describe(origin);
}

function describe(source: Source): string {
  const parts = [address(source)];
  if (source.plus !== undefined) parts.push(`+ ${address(source.plus)}`);
  if (source.minus !== undefined) parts.push(`- ${address(source.minus)}, floor 0`);
  if (source.per !== undefined) parts.push(`/ ${address(source.per)}`);
  if (source.divisor !== undefined) parts.push(`/ ${source.divisor.toLocaleString('en')}`);
  if (source.onlyIf !== undefined) parts.push('; only with a CPU limit');
  if (source.unlessZero === true) parts.push('; none when 0');
  if (source.levels !== undefined) parts.push(`; ${source.levels.join(', ')} only`);
  return parts.join(' ').replaceAll(' ;', ';');
}

function address(field: Field): string {
  const [first = '', second] = typeof field.file === 'string' ? [field.file] : field.file;
  const fallback = second === undefined ? '' : `, else \`${second}\``;
  const key = field.key === undefined ? '' : ` ${field.key}`;
  return `\`${first}\`${key}${fallback}`;
}

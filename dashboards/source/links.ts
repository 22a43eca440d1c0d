/** Query parameters that every page has. */
const COMMON = '${datasource:queryparam}&${job:queryparam}&${cluster:queryparam}';

/** A variable of the page that a link opens, and its value, which may be a variable of Grafana. */
export type Chosen = readonly [name: string, value: string];

/** URL of another page with variables set. */
export function linkTo(page: string, ...variables: readonly Chosen[]): string {
  const chosen = variables.map(([name, value]) => `&var-${name}=${value}`).join('');
  return `/d/pod-exporter-${page}?${COMMON}${chosen}&\${__url_time_range}`;
}

/** URL of another page that passes on what is chosen on this one. */
export function linkWith(page: string, kept: readonly string[]): string {
  const chosen = kept.map((name) => `&\${${name}:queryparam}`).join('');
  return `/d/pod-exporter-${page}?${COMMON}${chosen}`;
}

/** A link of a series or a cell. */
export interface DataLink {
  readonly title: string;
  readonly url: string;
}

/** How the labels of what was clicked are named: those of a series of a graph, or the columns of a table. */
type Source = 'series' | 'row';

const LABEL: Readonly<Record<Source, (name: string) => string>> = {
  series: (name) => `\${__field.labels.${name}}`,
  row: (name) => `\${__data.fields.${name}}`,
};

/** Links from a series, or a row, that has the labels which identify its object. */
function linksFrom(source: Source): Readonly<Record<'node' | 'namespace' | 'workload' | 'pod', DataLink>> {
  const label = LABEL[source];
  const link = (page: string, ...names: readonly string[]): DataLink => ({
    title: `Show ${page}`,
    url: linkTo(page, ...names.map((name) => [name, label(name)] as const)),
  });
  return {
    node: link('node', 'node'),
    namespace: link('namespace', 'namespace'),
    workload: link('workload', 'namespace', 'workload'),
    pod: link('pod', 'namespace', 'pod'),
  };
}

export const SERIES = linksFrom('series');
export const ROW = linksFrom('row');

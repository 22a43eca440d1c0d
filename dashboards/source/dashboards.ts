import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { DATASOURCE, type graph, type stat, type table } from './panels.ts';

/** A row: a heading and its panels. */
export interface Row {
  readonly title: string;
  readonly panels: readonly ReturnType<typeof graph | typeof stat | typeof table>[];
}

/** Template variables, from the widest to the narrowest scope. */
export type VariableName = 'node' | 'namespace' | 'workload' | 'pod' | 'container';

export interface Page {
  /** File name without extension, and part of the UID. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly VariableName[];
  /** Variables with a single value; the others are multi-value and include All. */
  readonly single?: readonly VariableName[];
  readonly rows: readonly Row[];
}

const TAG = 'pod-exporter';

/** The series that hold the values of a variable, filtered by the variables before it. */
const FOUND_IN: Readonly<Record<VariableName, string>> = {
  node: 'pod_info{cluster=~"$cluster"}',
  namespace: 'pod_info{cluster=~"$cluster"}',
  workload: 'pod_info{cluster=~"$cluster",namespace=~"$namespace"}',
  pod: 'pod_info{cluster=~"$cluster",namespace=~"$namespace"}',
  container: 'container_resource_requests{cluster=~"$cluster",namespace=~"$namespace",pod=~"$pod"}',
};

/** Returns the dashboard in Grafana's JSON model. */
export function build(page: Page): Dashboard {
  const { name, title, description, variables, single = [], rows } = page;
  const builder = new DashboardBuilder(`Pods / ${title}`)
    .uid(`pod-exporter-${name}`)
    .description(description)
    .tags([TAG])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .editable()
    .link(
      new DashboardLinkBuilder('Pods')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(variable('cluster', 'label_values(pod_info, cluster)', false));
  for (const chosen of variables) {
    builder.withVariable(variable(chosen, `label_values(${FOUND_IN[chosen]}, ${chosen})`, single.includes(chosen)));
  }
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  return numbered(builder.build());
}

/** The SDK assigns no panel IDs, and sets `placement` on links, which only the newest Grafana reads. */
function numbered(dashboard: Dashboard): Dashboard {
  return {
    ...dashboard,
    links: dashboard.links?.map(({ placement: _placement, ...link }) => link) ?? [],
    panels: dashboard.panels?.map((panel, index) => ({ ...panel, id: index + 1 })) ?? [],
  };
}

/** URL of another dashboard with variables set. */
export function linkTo(page: string, ...variables: readonly (readonly [name: string, value: string])[]): string {
  const chosen = variables.map(([name, value]) => `&var-${name}=${value}`).join('');
  return `/d/pod-exporter-${page}?\${datasource:queryparam}&\${cluster:queryparam}${chosen}&\${__url_time_range}`;
}

function variable(name: string, query: string, isSingle: boolean): QueryVariableBuilder {
  const builder = new QueryVariableBuilder(name)
    .label(name.charAt(0).toUpperCase() + name.slice(1))
    .datasource(DATASOURCE)
    .query(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
  // `.*` also matches series without the label, as in a single cluster.
  return isSingle
    ? builder
    : builder.multi(true).includeAll(true).allValue('.*').current({ text: 'All', value: '$__all' });
}

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

/** Panels below a heading. */
export interface Row {
  readonly title: string;
  readonly panels: readonly ReturnType<typeof graph | typeof stat | typeof table>[];
}

/** What is chosen above the panels, from the outside inwards. */
export type VariableName = 'node' | 'namespace' | 'workload' | 'pod' | 'container';

export interface Page {
  /** Name of the file and part of the address. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly VariableName[];
  /** Variables of which one value is shown at a time; the others may be all. */
  readonly single?: readonly VariableName[];
  readonly rows: readonly Row[];
}

const TAG = 'pod-exporter';

/** In which series the values of a variable are found, given those before it. */
const FOUND_IN: Readonly<Record<VariableName, string>> = {
  node: 'pod_info{cluster=~"$cluster"}',
  namespace: 'pod_info{cluster=~"$cluster"}',
  workload: 'pod_info{cluster=~"$cluster",namespace=~"$namespace"}',
  pod: 'pod_info{cluster=~"$cluster",namespace=~"$namespace"}',
  container: 'container_resource_requests{cluster=~"$cluster",namespace=~"$namespace",pod=~"$pod"}',
};

/** The page as Grafana's JSON has it. */
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

/** The SDK leaves all panels without a number, and puts the links where only the newest Grafana looks. */
function numbered(dashboard: Dashboard): Dashboard {
  return {
    ...dashboard,
    links: dashboard.links?.map(({ placement: _placement, ...link }) => link) ?? [],
    panels: dashboard.panels?.map((panel, index) => ({ ...panel, id: index + 1 })) ?? [],
  };
}

/** Where a click leads that chooses values of variables on another page. */
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
  // The pattern for all also matches where there is no such label, as where there is one cluster.
  return isSingle
    ? builder
    : builder.multi(true).includeAll(true).allValue('.*').current({ text: 'All', value: '$__all' });
}

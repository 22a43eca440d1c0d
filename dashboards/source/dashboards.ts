import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

import { annotation } from './annotations.ts';
import type { EventName } from './annotations.ts';
import type { graph } from './graph.ts';
import { linkWith } from './links.ts';
import type { stat } from './stat.ts';
import type { table } from './table.ts';
import { clusterVariable, jobVariable, pageVariable, scrapeVariable } from './variables.ts';
import type { VariableName } from './variables.ts';

/** A row: a heading and its panels. */
export interface Row {
  readonly title: string;
  readonly panels: readonly ReturnType<typeof graph | typeof stat | typeof table>[];
}

export interface Page {
  /** File name without extension, and part of the UID. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly VariableName[];
  /** Variables with a single value; the others are multi-value and include All. */
  readonly single?: readonly VariableName[];
  /** Marked in all graphs. */
  readonly events?: readonly EventName[];
  /** Start of the time range, `now-1h` by default. */
  readonly from?: string;
  readonly rows: readonly Row[];
}

const TAG = 'pod-exporter';

/** The oldest Grafana with every panel option that is used. */
const REQUIRED_GRAFANA = '10.0.0';

/** Returns the dashboard in Grafana's JSON model; `pages` are those that it links to. */
export function build(page: Page, pages: readonly Page[]): Dashboard {
  const { name, title, description, variables, single = [], events = [], rows } = page;
  const builder = new DashboardBuilder(`Pods / ${title}`)
    .uid(`pod-exporter-${name}`)
    .description(description)
    .tags([TAG])
    .time({ from: page.from ?? 'now-1h', to: 'now' })
    .refresh(page.from === undefined ? '30s' : '')
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .editable()
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(clusterVariable());
  for (const chosen of variables) builder.withVariable(pageVariable(chosen, single.includes(chosen)));
  builder
    .withVariable(jobVariable())
    .withVariable(scrapeVariable())
    .annotations(events.map((event) => annotation(event, variables)))
    .links(pages.filter((other) => other.name !== name).map((other) => linkToPage(page, other)));
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  return completed(builder.build());
}

/**
 * A link in the header. It passes on the variables that both pages have, but not All to a page without All: that page
 * would select nothing.
 */
function linkToPage(from: Page, to: Page): DashboardLinkBuilder {
  const isSingle = (page: Page, name: VariableName): boolean => page.single?.includes(name) ?? false;
  const kept = to.variables.filter(
    (name) => from.variables.includes(name) && (isSingle(from, name) || !isSingle(to, name)),
  );
  return new DashboardLinkBuilder(to.title)
    .type(DashboardLinkType.Link)
    .url(linkWith(to.name, kept))
    .tooltip(to.description)
    .keepTime(to.from === undefined && from.from === undefined);
}

/** Adds what the SDK does not: numbers of panels, versions. It sets `placement`, which only the newest Grafana reads. */
function completed(dashboard: Dashboard): Dashboard {
  const plugins = new Set(dashboard.panels?.map(({ type }) => type).filter((type) => type !== 'row'));
  const requirements = [
    { type: 'grafana', id: 'grafana', name: 'Grafana', version: REQUIRED_GRAFANA },
    { type: 'datasource', id: 'prometheus', name: 'Prometheus', version: '1.0.0' },
    ...[...plugins].toSorted().map((id) => ({ type: 'panel', id, name: id, version: '' })),
  ];
  const numbered = dashboard.panels?.map((panel, index) => ({
    ...panel,
    id: index + 1,
    ...(panel.type === 'row' ? {} : { pluginVersion: REQUIRED_GRAFANA }),
  }));
  const links = dashboard.links?.map(({ placement: _placement, ...link }) => link);
  const whole = { __requires: requirements, ...dashboard, links: links ?? [], panels: numbered ?? [] };
  return whole;
}

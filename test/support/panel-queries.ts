import { build } from '../../dashboards/source/dashboards.ts';
import { pages } from '../../dashboards/source/index.ts';

/** A query of a panel, as it stands in the file. */
export interface PanelQuery {
  readonly page: string;
  readonly panel: string;
  readonly expr: string;
}

/** Every query of every panel of every dashboard. */
export function panelQueries(): readonly PanelQuery[] {
  return pages.flatMap((page) =>
    (build(page).panels ?? []).flatMap((panel) =>
      ('targets' in panel ? (panel.targets ?? []) : []).map((target) => ({
        page: page.name,
        panel: panel.title ?? '',
        expr: 'expr' in target && typeof target.expr === 'string' ? target.expr : '',
      })),
    ),
  );
}

/** Names of metrics in an expression: what stands before a brace. */
export function metricNames(expr: string): readonly string[] {
  return [...expr.matchAll(/([a-z_:][a-z0-9_:]*)\{/g)].map(([, name = '']) => name);
}

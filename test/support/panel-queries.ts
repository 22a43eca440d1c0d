import { VariableType } from '@grafana/grafana-foundation-sdk/dashboard';

import { build } from '../../dashboards/source/dashboards.ts';
import { pages } from '../../dashboards/source/index.ts';

/** A query of a panel, an annotation or a variable, as it stands in the file. */
export interface PanelQuery {
  readonly page: string;
  /** Title of the panel, or name of the annotation or variable. */
  readonly panel: string;
  readonly kind: 'panel' | 'annotation' | 'variable';
  readonly expr: string;
  /** At one time instead of over the time range. */
  readonly isInstant: boolean;
}

/** Every query of every panel of every dashboard. */
export function panelQueries(): readonly PanelQuery[] {
  return allQueries().filter(({ kind }) => kind === 'panel');
}

/** Every query of every dashboard. */
export function allQueries(): readonly PanelQuery[] {
  return pages.flatMap((page) => {
    const { panels = [], annotations, templating } = build(page, pages);
    const query = (
      panel: string | undefined,
      expr: unknown,
      rest: Pick<PanelQuery, 'kind' | 'isInstant'>,
    ): PanelQuery => ({
      page: page.name,
      panel: panel ?? '',
      expr: typeof expr === 'string' ? expr : '',
      ...rest,
    });
    return [
      ...panels.flatMap((panel) =>
        ('targets' in panel ? (panel.targets ?? []) : []).map((target) => {
          const { expr, instant } = target as { expr?: unknown; instant?: unknown };
          return query(panel.title, expr, { kind: 'panel', isInstant: instant === true });
        }),
      ),
      ...(annotations.list ?? [])
        .filter(({ expr }) => expr !== undefined)
        .map(({ name, expr }) => query(name, expr, { kind: 'annotation', isInstant: false })),
      ...(templating.list ?? [])
        .filter(({ type }) => type === VariableType.Query)
        .map((variable) => query(variable.name, variable.query, { kind: 'variable', isInstant: true })),
    ];
  });
}

/** Names of metrics in an expression: what stands before a brace. */
export function metricNames(expr: string): readonly string[] {
  return [...expr.matchAll(/([a-z_:][a-z0-9_:]*)\{/g)].map(([, name = '']) => name);
}

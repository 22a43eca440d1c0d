import { basename, join } from 'node:path';
import { chartPage, valuesSchema } from './chart-values.ts';
import { dashboardFiles } from './dashboards.ts';
import { DEFAULT_RULE_SETTINGS, ruleFile, type RuleKind } from './rule-files.ts';

const CHART = 'deploy/charts/pod-exporter';

/** Generated files of the Helm chart by path from the repository root. A chart contains no files outside of its folder. */
export function chartFiles(): readonly (readonly [string, string])[] {
  const dashboards = [...dashboardFiles()].flatMap(([path, text]) => {
    if (!path.endsWith('.json')) return [];
    const content: unknown = JSON.parse(text);
    return [[join(CHART, 'files/dashboards', basename(path)), `${JSON.stringify(content)}\n`] as const];
  });
  return [
    [join(CHART, 'values.schema.json'), valuesSchema()],
    [join(CHART, 'README.md'), chartPage()],
    [join(CHART, 'files/alerts.yaml'), ruleGroups('alerts')],
    [join(CHART, 'files/recording.yaml'), ruleGroups('recording')],
    ...dashboards,
  ];
}

/** The rules without the comments above them. */
function ruleGroups(kind: RuleKind): string {
  const text = ruleFile(kind, DEFAULT_RULE_SETTINGS);
  return text.slice(text.indexOf('groups:'));
}

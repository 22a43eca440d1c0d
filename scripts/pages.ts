import { configurationPage } from './configuration-page.ts';
import { dashboardFiles } from './dashboards.ts';
import { metricsPage } from './metrics-page.ts';
import { prometheusRule } from './prometheus-rule.ts';

/** Files that follow from the code: what each file must contain, by its path from the top. */
export function generatedPages(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/metrics.md', metricsPage()],
    ['docs/configuration.md', configurationPage()],
    ['deploy/components/alerts/prometheus-rule.yaml', prometheusRule()],
    ...dashboardFiles(),
  ]);
}

import { configurationPage } from './configuration-page.ts';
import { dashboardFiles } from './dashboards.ts';
import { endpointsPage } from './endpoints-page.ts';
import { metricsPage } from './metrics-page.ts';
import { alertingRules, prometheusRule } from './prometheus-rule.ts';
import { recordingRules } from './recording-rules.ts';

/** Expected content of the generated files, by path from the repository root. */
export function generatedPages(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/metrics.md', metricsPage()],
    ['docs/configuration.md', configurationPage()],
    ['docs/endpoints.md', endpointsPage()],
    ['deploy/rules/recording.yaml', recordingRules()],
    ['deploy/components/alerts/prometheus-rule.yaml', prometheusRule('alerts', alertingRules())],
    ['deploy/components/recording-rules/prometheus-rule.yaml', prometheusRule('recording', recordingRules())],
    ...dashboardFiles(),
  ]);
}

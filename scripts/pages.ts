import { apiPage } from './api-page.ts';
import { chartFiles } from './chart-files.ts';
import { checksPage } from './checks-page.ts';
import { configurationPage } from './configuration-page.ts';
import { dashboardFiles } from './dashboards.ts';
import { endpointsPage } from './endpoints-page.ts';
import { metricsPage } from './metrics-page.ts';
import { PODS_SCHEMA_FILE, podsSchema } from './pods-schema.ts';
import { PROCESSES_SCHEMA_FILE, processesSchema } from './processes-schema.ts';
import { DEFAULT_RULE_SETTINGS, prometheusRule, ruleFile } from './rule-files.ts';

/** Expected content of the generated files, by path from the repository root. */
export function generatedPages(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/metrics.md', metricsPage()],
    ['docs/api.md', apiPage()],
    [PODS_SCHEMA_FILE, `${JSON.stringify(podsSchema, undefined, 2)}\n`],
    [PROCESSES_SCHEMA_FILE, `${JSON.stringify(processesSchema, undefined, 2)}\n`],
    ['docs/configuration.md', configurationPage()],
    ['docs/checks.md', checksPage()],
    ['docs/endpoints.md', endpointsPage()],
    ['deploy/rules/alerts.yaml', ruleFile('alerts', DEFAULT_RULE_SETTINGS)],
    ['deploy/rules/recording.yaml', ruleFile('recording', DEFAULT_RULE_SETTINGS)],
    ['deploy/components/alerts/prometheus-rule.yaml', prometheusRule('alerts', DEFAULT_RULE_SETTINGS)],
    ['deploy/components/recording-rules/prometheus-rule.yaml', prometheusRule('recording', DEFAULT_RULE_SETTINGS)],
    ...dashboardFiles(),
    ...chartFiles(),
  ]);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Wraps `text`, the content of deploy/rules/NAME.yaml, in a PrometheusRule of the Prometheus Operator. */
export function prometheusRule(name: string, text: string): string {
  const groups = text.slice(text.indexOf('groups:'));
  return `# Generated from deploy/rules/${name}.yaml by \`npm run update\`; a test keeps it current.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: pod-exporter-${name}
  namespace: pod-exporter
spec:
${groups.replaceAll(/^(?=.)/gm, '  ')}`;
}

/** Content of deploy/rules/alerts.yaml. */
export function alertingRules(): string {
  return readFileSync(join(import.meta.dirname, '../deploy/rules/alerts.yaml'), 'utf8');
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const HEAD = `# Generated from deploy/rules/alerts.yaml by \`npm run update\`; a test keeps it current.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: pod-exporter
  namespace: pod-exporter
spec:
`;

/** The rules as the Prometheus Operator takes them. */
export function prometheusRule(): string {
  const text = readFileSync(join(import.meta.dirname, '../deploy/rules/alerts.yaml'), 'utf8');
  const groups = text.slice(text.indexOf('groups:'));
  return HEAD + groups.replaceAll(/^(?=.)/gm, '  ');
}

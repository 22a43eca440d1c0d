import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

import { recordingGroups } from './recording-rules.ts';
import { selectJob } from './select-job.ts';

/** What may differ between installations. */
export interface RuleSettings {
  /** Job under which Prometheus scrapes the exporter. */
  readonly job: string;
  /** Address of the page with the runbooks. */
  readonly runbooks: string;
}

export const DEFAULT_RULE_SETTINGS: RuleSettings = { job: 'pod-exporter', runbooks: 'docs/runbooks.md' };

interface AlertSource {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Where a container is. Containers outside of pods have neither of the two labels; not every target has a label `node`. */
const PLACE =
  '{{ if $labels.pod }}of pod {{ $labels.namespace }}/{{ $labels.pod }}{{ else }}outside of pods on {{ or $labels.node $labels.instance }}{{ end }}';

export type RuleKind = 'alerts' | 'recording';

const HEADS: Readonly<Record<RuleKind, string>> = {
  alerts: `# Alerting rules, described in docs/runbooks.md.
# Generated from deploy/rules/source/alerts.yaml by \`npm run update\`; a test keeps it current.
`,
  recording: `# Recording rules from container to cluster level, described in docs/rules.md.
# Generated from scripts/recording-rules.ts by \`npm run update\`; a test keeps it current.
`,
};

/** Rules in the format of Prometheus' `rule_files`. */
export function ruleFile(kind: RuleKind, settings: RuleSettings): string {
  return HEADS[kind] + groupsOf(kind, settings);
}

/** The same rules as a PrometheusRule of the Prometheus Operator. */
export function prometheusRule(kind: RuleKind, settings: RuleSettings): string {
  return `# Generated from deploy/rules/${kind}.yaml by \`npm run update\`; a test keeps it current.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: pod-exporter-${kind}
  namespace: pod-exporter
spec:
${groupsOf(kind, settings).replaceAll(/^(?=.)/gm, '  ')}`;
}

function groupsOf(kind: RuleKind, settings: RuleSettings): string {
  const groups = kind === 'recording' ? recordingGroups(settings.job) : alertingGroups(settings);
  return stringify({ groups }, { lineWidth: 0 });
}

function alertingGroups({ job, runbooks }: RuleSettings): object[] {
  const source = readFileSync(join(import.meta.dirname, '../deploy/rules/source/alerts.yaml'), 'utf8');
  const { groups } = parse(source) as { groups: readonly { name: string; rules: readonly AlertSource[] }[] };
  return groups.map(({ name, rules }) => ({
    name,
    rules: rules.map((rule) => ({
      ...rule,
      expr: selectJob(rule.expr, job),
      annotations: {
        ...Object.fromEntries(
          Object.entries(rule.annotations).map(([key, text]) => [key, text.replace('{{ place }}', () => PLACE)]),
        ),
        runbook_url: `${runbooks}#${rule.alert.toLowerCase()}`,
      },
    })),
  }));
}

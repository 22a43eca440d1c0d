import { parseArgs } from 'node:util';

import { DEFAULT_RULE_SETTINGS, prometheusRule, ruleFile } from './rule-files.ts';
import type { RuleKind } from './rule-files.ts';

/**
 * Prints the rules for another job, or with the address of another page of runbooks.
 *
 *     npm run -s rules -- alerts --job=pods --runbooks=https://wiki.example/runbooks
 *     npm run -s rules -- recording --job=pods --operator     as a PrometheusRule
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    job: { type: 'string', default: DEFAULT_RULE_SETTINGS.job },
    runbooks: { type: 'string', default: DEFAULT_RULE_SETTINGS.runbooks },
    operator: { type: 'boolean', default: false },
  },
});
const [kind] = positionals;
if (positionals.length !== 1 || !isKind(kind)) {
  console.error('usage: npm run -s rules -- alerts|recording [--job=NAME] [--runbooks=URL] [--operator]');
  process.exitCode = 2;
} else {
  const { job, runbooks, operator } = values;
  process.stdout.write((operator ? prometheusRule : ruleFile)(kind, { job, runbooks }));
}

function isKind(text: string | undefined): text is RuleKind {
  return text === 'alerts' || text === 'recording';
}

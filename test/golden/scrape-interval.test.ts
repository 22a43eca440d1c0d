import { describe, test } from 'node:test';

import { allQueries } from '../support/panel-queries.ts';
import { testRules, whyNoPromtool } from '../support/promtool.ts';

/** The interval that a Prometheus data source of Grafana assumes unless it is told otherwise. */
const STOCK_SECONDS = 15;

const variable = allQueries().find(({ kind, panel }) => kind === 'variable' && panel === 'scrape');
const [, measured = ''] = /^query_result\((.*)\)$/.exec(variable?.expr ?? '') ?? [];
const interval = measured.replace('$job', 'pod-exporter').replace('$cluster', '');

/** Grafana's `$__rate_interval` of a graph with a point every `step` seconds, for this minimum step. */
function rateInterval(step: number, minimum: number): number {
  return Math.max(step + minimum, 4 * minimum);
}

function cpu(seconds: number): string {
  return `rate(pod_cpu_usage_seconds_total{job="pod-exporter"}[${seconds}s])`;
}

function assertEvaluates(
  scrapeSeconds: number,
  checks: readonly (readonly [expr: string, value: number | undefined])[],
): void {
  const promql_expr_test = checks.map(([expr, value]) => ({
    expr,
    eval_time: '21m7s',
    exp_samples: value === undefined ? [] : [{ labels: '{}', value }],
  }));
  const input_series = [
    { series: 'up{job="pod-exporter",instance="a"}', values: '1x200' },
    { series: 'up{job="kubelet",instance="b"}', values: '1x200' },
    { series: 'pod_cpu_usage_seconds_total{job="pod-exporter"}', values: `0+${scrapeSeconds}x200` },
  ];
  testRules([{ interval: `${scrapeSeconds}s`, input_series, promql_expr_test }]);
}

describe('the scrape interval that the dashboards measure', { skip: whyNoPromtool() }, () => {
  for (const seconds of [15, 30, 60]) {
    test(`is ${seconds} s, and rates over the interval that Grafana derives from it have data`, () => {
      assertEvaluates(seconds, [
        [interval, seconds],
        [`count(${cpu(rateInterval(seconds, seconds))})`, 1],
      ]);
    });
  }

  test('is needed: with the interval of a stock data source, rates of scrapes every 60 s have no data', () => {
    assertEvaluates(60, [[`count(${cpu(rateInterval(STOCK_SECONDS, STOCK_SECONDS))})`, undefined]]);
  });

  test('is a minute while nothing is scraped', () => {
    assertEvaluates(15, [[interval.replace('pod-exporter', 'gone'), 60]]);
  });
});

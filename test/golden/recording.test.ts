import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { recordingGroups } from '../../scripts/recording-rules.ts';
import { metricNames } from '../support/panel-queries.ts';
import { testRules, whyNoPromtool } from '../support/promtool.ts';

const top = join(import.meta.dirname, '../..');
const rules = recordingGroups('pod-exporter').flatMap((group) => group.rules);
const recorded = new Set(rules.map(({ record }) => record));

/** Two containers of a pod that was made anew under its name, one of another, and one of whom nobody knows. */
const CONTAINERS = [
  { labels: 'node="a",namespace="shop",pod="web-0",container="app"', amount: 1 },
  { labels: 'node="a",namespace="shop",pod="web-0",container="sidecar"', amount: 2 },
  { labels: 'node="b",namespace="shop",pod="web-1",container="app"', amount: 4 },
  { labels: 'node="b",namespace="ops",pod="unknown",container="app"', amount: 8 },
] as const;

/** One of Docker, which is part of no sum. */
const OUTSIDE = { labels: 'node="b",container="registry"', amount: 16 } as const;

const INFO = 'workload_kind="StatefulSet",workload="web"';
const PODS = [
  `pod_info{namespace="shop",pod="web-0",uid="old",node="a",${INFO}}`,
  `pod_info{namespace="shop",pod="web-0",uid="new",node="a",${INFO}}`,
  `pod_info{namespace="shop",pod="web-1",uid="other",node="b",${INFO}}`,
];

/** What is expected of an amount that the containers have, by level. */
const SUMS: Readonly<Record<string, readonly (readonly [labels: string, value: number])[]>> = {
  pod: [
    [`node="a",namespace="shop",pod="web-0",${INFO}`, 3],
    [`node="b",namespace="shop",pod="web-1",${INFO}`, 4],
    ['node="b",namespace="ops",pod="unknown"', 8],
  ],
  workload: [
    [`namespace="shop",${INFO}`, 7],
    ['namespace="ops"', 8],
  ],
  namespace: [
    ['namespace="shop"', 7],
    ['namespace="ops"', 8],
  ],
  node: [
    ['node="a"', 3],
    ['node="b"', 12],
  ],
  cluster: [['', 15]],
};

/** Amounts, the series that they are made of, and what one of {@link CONTAINERS} has in a minute. */
const COUNTERS = [
  ['cpu_usage_seconds:rate5m', 'container_cpu_usage_seconds_total', ''],
  ['fs_reads_bytes:rate5m', 'container_fs_reads_bytes_total', ',device="vda"'],
  ['fs_writes_bytes:rate5m', 'container_fs_writes_bytes_total', ',device="vda"'],
] as const;

/** The job of the exporter, and that of the kubelet, whose series of the same names must not count. */
const JOBS = ['pod-exporter', 'kubelet'];

function ofBothJobs(series: readonly { series: string; values: string }[]): readonly object[] {
  return series.flatMap(({ series: name, values }) =>
    JOBS.map((job) => ({ series: name.replace('{', `{job="${job}",`), values })),
  );
}

function promtoolTest(): object {
  const series = [...CONTAINERS, OUTSIDE].flatMap(({ labels, amount }) => [
    ...COUNTERS.map(([, metric, more]) => ({ series: `${metric}{${labels}${more}}`, values: `0+${60 * amount}x20` })),
    { series: `container_memory_working_set_bytes{${labels}}`, values: `${amount}x20` },
    { series: `container_memory_rss{${labels}}`, values: `${amount}x20` },
  ]);
  const requests = CONTAINERS.map(({ labels, amount }) => ({
    series: `container_resource_requests{${labels},resource="cpu",unit="core"}`,
    values: `${amount * 2}x20`,
  }));
  // A request of a pod itself, a limit of a container that its pod does not share, and a limit of a pod itself.
  const resources = [
    ['pod_resource_requests{node="a",namespace="shop",pod="web-0",resource="cpu",unit="core"}', 10],
    ['pod_resource_requests{node="b",namespace="shop",pod="web-1",resource="cpu",unit="core"}', 8],
    ['pod_resource_requests{node="b",namespace="ops",pod="unknown",resource="cpu",unit="core"}', 16],
    [`container_resource_limits{${CONTAINERS[0].labels},resource="memory",unit="byte"}`, 2],
    ['pod_resource_limits{node="a",namespace="shop",pod="web-0",resource="memory",unit="byte"}', 2],
    ['pod_resource_limits{node="b",namespace="shop",pod="web-1",resource="memory",unit="byte"}', 16],
    ['pod_memory_limit_bytes{node="b",namespace="shop",pod="web-1"}', 17],
  ] as const;
  // An init container that has ended.
  const ended = CONTAINERS[0].labels.replace('app', 'init');
  const checks = [...COUNTERS.map(([name]) => name), 'memory_working_set_bytes:sum', 'memory_rss_bytes:sum'].flatMap(
    (name) => Object.entries(SUMS).map(([level, samples]) => check(`${level}:${name}`, samples)),
  );
  return {
    interval: '1m',
    input_series: ofBothJobs([
      ...series,
      ...requests,
      { series: `container_resource_requests{${ended},resource="cpu",unit="core"}`, values: '100x20' },
      ...resources.map(([name, value]) => ({ series: name, values: `${value}x20` })),
      ...PODS.map((pod) => ({ series: pod, values: '1x20' })),
      { series: 'machine_cpu_cores{node="a"}', values: '6x20' },
      ...['web-0', 'web-1'].flatMap((pod) => [
        { series: `pod_fs_reads_bytes_total{namespace="shop",pod="${pod}",device="sdb"}`, values: '0+60x20' },
        {
          series: `pod_volume_info{namespace="shop",pod="${pod}",volume="data",persistentvolumeclaim="shared",device="sdb",storage="block"}`,
          values: '1x20',
        },
      ]),
    ]),
    promql_expr_test: [
      ...checks,
      check(
        'container:memory_rss_bytes:sum',
        CONTAINERS.map(({ labels, amount }) => [labels.includes('shop') ? `${labels},${INFO}` : labels, amount]),
      ),
      check('container:cpu_requests_cores:sum', [
        [`node="a",namespace="shop",pod="web-0",container="app",${INFO}`, 2],
        [`node="a",namespace="shop",pod="web-0",container="sidecar",${INFO}`, 4],
        [`node="b",namespace="shop",pod="web-1",container="app",${INFO}`, 8],
        ['node="b",namespace="ops",pod="unknown",container="app"', 16],
      ]),
      check('cluster:cpu_requests_cores:sum', [['', 34]]),
      check('pod:cpu_usage_per_request:ratio', [
        [`node="a",namespace="shop",pod="web-0",${INFO}`, 0.3],
        [`node="b",namespace="shop",pod="web-1",${INFO}`, 0.5],
        ['node="b",namespace="ops",pod="unknown"', 0.5],
      ]),
      check('pod:memory_usage_per_limit:ratio', [
        [`node="a",namespace="shop",pod="web-0",${INFO}`, 0.5],
        [`node="b",namespace="shop",pod="web-1",${INFO}`, 0.25],
      ]),
      check('cluster:memory_limits_bytes:sum', [['', 18]]),
      check('cluster:memory_usage_per_limit:ratio', [['', 5 / 18]]),
      check('node:cpu_usage_per_core:ratio', [['node="a"', 0.5]]),
      check('claim:fs_reads_bytes:rate5m', [['namespace="shop",persistentvolumeclaim="shared"', 2]]),
    ],
  };
}

function check(record: string, samples: readonly (readonly [labels: string, value: number])[]): object {
  const expected = samples.map(([labels, value]) => ({ labels: `${record}{${labels}}`, value }));
  return { expr: record, eval_time: '15m', exp_samples: expected };
}

describe('the recording rules', () => {
  test('have names of level, metric and operation, each once', () => {
    for (const { record } of rules) assert.match(record, /^[a-z]+:[a-z][a-z_]*:(?:sum|rate5m|ratio)$/);
    assert.equal(recorded.size, rules.length);
  });

  test('ask for series that there are, or that were recorded before', () => {
    const metrics = readFileSync(join(top, 'docs/metrics.md'), 'utf8');
    const before = new Set<string>();
    for (const { record, expr } of rules) {
      for (const name of expr.match(/\b[a-z]+:[a-z0-9_]+:[a-z0-9]+/g) ?? [])
        assert.ok(before.has(name), `${record}: ${name}`);
      for (const name of metricNames(expr)) {
        if (/^(?:container|pod|machine)_/.test(name)) assert.ok(metrics.includes(`\`${name}\``), `${record}: ${name}`);
      }
      before.add(record);
    }
  });

  test('each level is the sum of the one below, whatever becomes of a pod', { skip: whyNoPromtool() }, () => {
    testRules([promtoolTest()], readFileSync(join(top, 'deploy/rules/recording.yaml'), 'utf8'));
  });
});

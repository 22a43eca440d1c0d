import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';

import { DEFAULT_RULE_SETTINGS, ruleFile } from '../../scripts/rule-files.ts';
import { Cleanup } from '../support/cleanup.ts';
import { COST_QUERIES } from '../support/cost-queries.ts';
import { allQueries, panelQueries } from '../support/panel-queries.ts';
import { whyNoPrometheus } from '../support/prometheus.ts';
import type { Prometheus, Series } from '../support/prometheus.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { customMetrics, kedaQueries, requestedMetrics } from '../support/scaler-configs.ts';
import { CHOICES, startScrapedNode } from '../support/scraped-node.ts';

const SCRAPES = 8;
const SCRAPED = ['/metrics', '/metrics/cadvisor', '/metrics/resource'];
const HAS_PSI = existsSync('/proc/pressure/cpu');

/** Queries that have no data on the stand-in node, with the reason. */
const EMPTY: readonly (readonly [query: RegExp, reason: string])[] = [
  [/ephemeral_storage/, 'the collector is off by default'],
  [/pressure_|refaults|pgscan/, 'the kernel may have no PSI, or no unified hierarchy'],
  [/_fs_(?:reads|writes)_/, 'the files of the pods may be on no block device'],
  [/> 0\)?$|> 0\.\d+$/, 'nothing of the kind is wrong on the stand-in node'],
  [/cfs_throttled_periods_total/, 'the containers of the chosen pods that have a CPU limit are idle'],
  [/read_errors_total|pods_restarts_total/, 'nothing has failed'],
  [
    /threads_max|swap_limit|_time_seconds_total|deriv\(/,
    'no limit of threads or swap, no I/O, no history of file systems',
  ],
];

/** Labels that name what a row is about. A node alone names no pod. */
const NAMES = ['pod', 'container', 'workload', 'namespace', 'mountpoint', 'volume', 'device'] as const;

/** Tables whose rows are nodes. */
const OF_NODES = new Set(['Nodes', 'Exporters']);

function concrete(page: string, expr: string): string {
  const values: Readonly<Record<string, string>> = { job: 'pod-exporter', cluster: '', ...CHOICES[page] };
  return expr
    .replaceAll(/\$__(?:rate_interval|range|interval)/g, '1m')
    .replaceAll(/\$([a-z]+)/g, (_, name: string) => values[name] ?? '.*');
}

const skip = whyNoStandIn() ?? whyNoPrometheus();

describe('the dashboards, on a Prometheus that has scraped a node', { skip }, () => {
  const cleanup = new Cleanup();
  let prometheus: Prometheus;

  before(async () => {
    ({ prometheus } = await startScrapedNode(cleanup, SCRAPES));
  });

  after(() => cleanup.run());

  for (const { page, panel, expr } of panelQueries()) {
    test(`${page} / ${panel}: ${expr.slice(0, 60)}`, async (context) => {
      const series = await prometheus.query(concrete(page, expr));
      if (series.length > 0) return;
      const [, reason] = EMPTY.find(([query]) => query.test(expr)) ?? [];
      assert.ok(reason !== undefined, `no data: ${concrete(page, expr)}`);
      context.diagnostic(`no data: ${reason}`);
    });
  }

  for (const { name, discovery, query } of customMetrics()) {
    test(`prometheus-adapter discovers ${name} and has a value for each pod`, async (context) => {
      const series = await prometheus.query(discovery);
      if (series.length === 0 && !HAS_PSI && name.includes('pressure')) {
        context.skip('the kernel has no PSI');
        return;
      }
      const pods = series.flatMap(({ labels }) => (labels['namespace'] === 'shop' ? [labels['pod'] ?? ''] : []));
      assert.ok(pods.length > 1);
      const values = await prometheus.query(query('shop', pods));
      assert.deepEqual(new Set(values.map(({ labels }) => labels['pod'])), new Set(pods));
    });
  }

  test('the HorizontalPodAutoscaler requests metrics that the configuration of prometheus-adapter makes', () => {
    const made = new Set(customMetrics().map(({ name }) => name));
    assert.deepEqual(
      requestedMetrics().filter((name) => !made.has(name)),
      [],
    );
  });

  for (const query of kedaQueries()) {
    test(`KEDA gets one value from ${query.slice(0, 60)}`, async (context) => {
      const values = await prometheus.query(query);
      if (values.length === 0 && !HAS_PSI && query.includes('pressure')) {
        context.skip('the kernel has no PSI');
        return;
      }
      assert.equal(values.length, 1);
      assert.ok(Number.isFinite(values[0]?.value));
    });
  }

  for (const { purpose, series, query, endpoints } of COST_QUERIES) {
    test(`OpenCost reads ${purpose} from ${endpoints.join(', ')}`, async () => {
      for (const path of SCRAPED) {
        const values = await prometheus.query(query(series.replace('}', `,metrics_path="${path}"}`)));
        assert.equal(values.length > 0, endpoints.includes(path), `${path}: ${values.length} series`);
      }
    });
  }

  test('the documented query for costs has a value for each namespace', async () => {
    const page = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8');
    const [, query = ''] = /^```promql\n(.*?)^```/ms.exec(page) ?? [];
    const costs = await prometheus.query(query);
    const namespaces = await prometheus.query('count by (namespace) (pod_info)');
    assert.equal(costs.length, namespaces.length);
    assert.ok(costs.every(({ value }) => value > 0));
  });

  test('no row of a table is without a name', async () => {
    let rows = 0;
    for (const { page, panel, expr, isInstant } of panelQueries()) {
      const series = isInstant ? await prometheus.query(concrete(page, expr)) : [];
      const named = series.filter(({ labels }) => Object.keys(labels).length > 0);
      rows += named.length;
      const names = OF_NODES.has(panel) ? ['node'] : NAMES;
      for (const { labels } of named) {
        assert.ok(
          names.some((name) => labels[name] !== undefined),
          `${panel}: ${JSON.stringify(labels)}`,
        );
      }
    }
    assert.ok(rows > 100);
  });

  test('no query, rule or alert depends on the series of the kubelet', async () => {
    const time = Date.now() / 1000;
    const queries = [
      ...allQueries()
        .filter(({ kind }) => kind !== 'variable')
        .map(({ page, expr }) => concrete(page, expr)),
      ...ruleExpressions(),
    ];
    const ask = async (): Promise<readonly (readonly Series[])[]> => {
      const answers = [];
      for (const query of queries) answers.push(await prometheus.query(query, time));
      return answers;
    };
    const memory = 'sum(container_memory_working_set_bytes)';
    const [withKubelet] = await prometheus.query(memory, time);
    const withBoth = await ask();
    await prometheus.deleteSeries('{job="kubelet"}');
    const [withoutKubelet] = await prometheus.query(memory, time);
    assert.ok(
      Number(withKubelet?.value) > 2 * Number(withoutKubelet?.value),
      'the kubelet has series of the same names',
    );
    const alone = await ask();
    for (const [index, query] of queries.entries())
      assert.deepEqual(sorted(withBoth[index]), sorted(alone[index]), query);
  });
});

/** Expressions of the recording and the alerting rules. */
function ruleExpressions(): readonly string[] {
  return (['alerts', 'recording'] as const).flatMap((kind) => {
    const { groups } = parse(ruleFile(kind, DEFAULT_RULE_SETTINGS)) as {
      groups: readonly { rules: readonly { expr: string }[] }[];
    };
    return groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
  });
}

/** The order of a result is of no meaning. */
function sorted(result: readonly Series[] = []): readonly string[] {
  return result.map((series) => JSON.stringify(series)).toSorted();
}

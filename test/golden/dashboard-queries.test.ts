import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { chosenPods, memoryOfLimit, oomKills, secondsUntilFull, share } from '../../dashboards/source/queries.ts';
import { downNodesOf } from '../../dashboards/source/exporters.ts';
import { nodePressure } from '../../dashboards/source/cluster-nodes.ts';
import { panelQueries } from '../support/panel-queries.ts';
import { testRules, whyNoPromtool } from '../support/promtool.ts';

/** Series with samples of a minute each, in promtool's notation. */
type Input = Readonly<Record<string, string>>;

const JOB = 'job="pod-exporter"';
const POD = `${JOB},node="a",namespace="shop",pod="web-0"`;
const APP = `${POD},container="app"`;

/** Samples by labels, in promtool's notation. */
type Samples = Readonly<Record<string, number>>;

/** Checks the samples of expressions, after an hour if not stated otherwise; their variables have been replaced. */
function assertResults(
  input: Input,
  checks: readonly (readonly [expr: string, expected: Samples])[],
  eval_time = '1h',
): void {
  const promql_expr_test = checks.map(([expr, expected]) => ({
    expr: expr.replaceAll('$__range', '30m').replaceAll('$__rate_interval', '5m'),
    eval_time,
    exp_samples: Object.entries(expected).map(([labels, value]) => ({ labels, value })),
  }));
  const input_series = Object.entries(input).map(([series, values]) => ({ series, values }));
  testRules([{ interval: '1m', input_series, promql_expr_test }]);
}

function assertResult(expr: string, input: Input, expected: Samples): void {
  assertResults(input, [[expr, expected]]);
}

/** The query of a panel of a page, of the page Cluster unless `PAGE / TITLE` is given, that matches a pattern. */
function queryOf(title: string, pattern = /./): string {
  const [panel = '', page = 'cluster'] = title.split(' / ').toReversed();
  const { expr } =
    panelQueries().find((each) => each.page === page && each.panel === panel && pattern.test(each.expr)) ?? {};
  assert.ok(expr !== undefined, title);
  return expr
    .replaceAll('$job', 'pod-exporter')
    .replaceAll('$cluster', '')
    .replaceAll(/"\$[a-z]+"/g, '".*"');
}

describe('queries of the dashboards', { skip: whyNoPromtool() }, () => {
  const kills = oomKills(JOB, '30m');
  const labels = '{node="a", namespace="shop", pod="web-0"}';

  test('a kill in a container that lives on counts, on cgroup v1', () => {
    const input = {
      [`container_oom_kills_total{${APP}}`]: '0x45 3x20',
      [`container_terminated_oom_total{${APP}}`]: '0x70',
    };
    assertResult(kills, input, { [labels]: 3 });
  });

  test('a kill that terminates the container counts once on cgroup v2, where kernel and kubelet report it', () => {
    const input = {
      [`pod_oom_kills_total{${POD}}`]: '0x45 1x20',
      [`container_oom_kills_total{${APP}}`]: '0x45 1x20',
      [`container_terminated_oom_total{${APP}}`]: '0x45 1x20',
    };
    assertResult(kills, input, { [labels]: 1 });
  });

  test('a kill that ends the cgroup of the container counts once on cgroup v1, where only the kubelet reports it', () => {
    const input = {
      [`container_oom_kills_total{${APP}}`]: '0x70',
      [`container_terminated_oom_total{${APP}}`]: '0x45 1x20',
    };
    assertResult(kills, input, { [labels]: 1 });
  });

  test('the highest share of a limit counts, not the last', () => {
    const input = {
      [`container_memory_rss{${APP}}`]: '1x40 98x2 1x20',
      [`container_memory_limit_bytes{${APP}}`]: '100x70',
    };
    assertResult(`max(${memoryOfLimit(JOB)})`, input, { '{}': 0.98 });
  });

  test('a volume that fills up has the seconds until it is full, another has none', () => {
    const volume = (name: string): string => `pod_volume_available_bytes{${POD},volume="${name}"}`;
    const input = {
      [volume('logs')]: '1000-1x370',
      [volume('data')]: '50x370',
      [volume('tmp')]: '10+1x370',
      // Lasts for more than 30 days.
      [volume('archive')]: '100000-1x370',
      // Less than two hours of history.
      [volume('new')]: '_x242 1000-1x120',
      // The program wrote its data at its start and nothing since, or has deleted some again.
      [volume('restored')]: '_x120 1000-90x10 100x240',
      [volume('cleaned')]: '1000-2x310 370+1x60',
    };
    const expr = `round(sum by (volume) (${secondsUntilFull(`pod_volume_available_bytes{${JOB}}`)}))`;
    assertResults(input, [[expr, { '{volume="logs"}': 640 * 60 }]], '6h');
  });

  test('the columns of file systems and volumes are empty while there is little history', () => {
    const mount = `${JOB},node="a",mountpoint="/",fstype="ext4"`;
    const available = `pod_volume_available_bytes{${POD},volume="data"}`;
    const input = {
      [`machine_filesystem_avail_bytes{${mount}}`]: '100-0.1x370',
      [available]: '100-0.1x370',
      [available.replace('available', 'capacity')]: '100x370',
    };
    const disks = queryOf('storage / File systems', /deriv/);
    const volumes = queryOf('storage / Volumes that fill up', /^min by/);
    const count = queryOf('storage / Full in 4 days');
    for (const [at, left] of [
      ['1h', undefined],
      ['3h', 820 * 60],
    ] as const) {
      assertResults(
        input,
        [
          [`round(sum(${disks}))`, left === undefined ? {} : { '{}': left }],
          [`round(sum(${volumes}))`, left === undefined ? {} : { '{}': left }],
          [count, { '{}': left === undefined ? 0 : 1 }],
        ],
        at,
      );
    }
  });

  test('the pressure of a node is that of its root cgroup, without the cgroups below', () => {
    const input = {
      [`cgroup_pressure_cpu_waiting_seconds_total{${JOB},node="a",cgroup="/"}`]: '0+30x70',
      [`cgroup_pressure_cpu_waiting_seconds_total{${JOB},node="a",cgroup="/kubepods"}`]: '0+24x70',
    };
    assertResult(nodePressure('cpu', JOB), input, { '{node="a"}': 0.5 });
  });

  test('pods without a controller are a workload of their own', () => {
    const info = (pod: string, workload: string): string =>
      `pod_info{${JOB},namespace="shop",pod="${pod}"${workload === '' ? '' : `,workload="${workload}"`}}`;
    const input = { [info('web-0', 'web')]: '1x70', [info('alone', '')]: '1x70' };
    const members = (workload: string): string => chosenPods(JOB).replaceAll('$workload', workload);
    assertResult(members('web'), input, { '{namespace="shop", pod="web-0"}': 1 });
    assertResult(members('pods without a controller'), input, { '{namespace="shop", pod="alone"}': 1 });
    assertResult(members('we'), input, {});
  });

  test('an exporter that is down counts on pages of pods that its node ran in the time range', () => {
    const up = (node: string): string => `up{job="$job",cluster="$cluster",node="${node}"}`;
    const info = (node: string, pod: string): string => `pod_info{${JOB},node="${node}",namespace="shop",pod="${pod}"}`;
    const input = {
      [up('a')]: '1x45 0x30',
      [up('b')]: '0x70',
      [info('a', 'web-0')]: '1x45',
      [info('b', 'old')]: '1x10',
    };
    assertResult(downNodesOf(JOB), input, { '{node="a"}': 0 });
  });

  /** Two nodes with a pod each that has a volume; the one of `b` is full. */
  function twoNodes(samplesOf: (node: 'a' | 'b') => { readonly up: string; readonly tail: string }): Input {
    return Object.fromEntries(
      (['a', 'b'] as const).flatMap((node) => {
        const { up, tail } = samplesOf(node);
        const own = `${JOB},node="${node}"`;
        const volume = `${own},namespace="shop",pod="web-${node}",volume="data"`;
        return [
          [`up{${own}}`, up],
          [`machine_cpu_cores{${own}}`, `4${tail}`],
          [`pod_info{${own},namespace="shop",pod="web-${node}"}`, `1${tail}`],
          [`pod_volume_capacity_bytes{${volume}}`, `100${tail}`],
          [`pod_volume_available_bytes{${volume}}`, `${node === 'a' ? 50 : 2}${tail}`],
          [`pod_volume_info{${volume}}`, `1${tail}`],
        ];
      }),
    );
  }

  const UP = { up: '1x70', tail: 'x70' };
  /** Prometheus marks the series of a failed scrape as stale. */
  const DOWN = { up: '1x50 0x20', tail: 'x50 stale' };

  for (const { title, down, expected } of [
    {
      title: 'while all exporters are up',
      down: [] as readonly string[],
      expected: {
        Exporters: 0,
        Nodes: 2,
        Pods: 2,
        Cores: 8,
        'Full volumes': 1,
        'storage / Volumes': 2,
        'storage / Nearly full': 1,
      },
    },
    {
      title: 'while one of two is down, of the other node alone',
      down: ['b'],
      expected: {
        Exporters: 1,
        Nodes: 1,
        Pods: 1,
        Cores: 4,
        'Full volumes': 0,
        'storage / Volumes': 1,
        'storage / Nearly full': 0,
      },
    },
    {
      title: 'while all are down, that and nothing else',
      down: ['a', 'b'],
      expected: {
        Exporters: 2,
        Nodes: 0,
        Pods: undefined,
        Cores: undefined,
        'Full volumes': undefined,
        'storage / Volumes': undefined,
        'storage / Nearly full': undefined,
      },
    },
  ]) {
    test(`${title}: stats, and the table of nodes`, () => {
      const states = ['a', 'b'].map((node) => [`{node="${node}"}`, down.includes(node) ? 0 : 1] as const);
      assertResults(
        twoNodes((node) => (down.includes(node) ? DOWN : UP)),
        [
          ...Object.entries(expected).map(
            ([name, value]) => [queryOf(name), value === undefined ? {} : { '{}': value }] as const,
          ),
          [queryOf('Nodes', /max by \(node\) \(up\{/), Object.fromEntries(states)],
        ],
      );
    });
  }

  test('a read-only volume is not full', () => {
    const volume = `${JOB},node="b",namespace="shop",pod="web-b",volume="data"`;
    const input = { ...twoNodes(() => UP), [`pod_volume_readonly{${volume}}`]: '1x70' };
    assertResult(queryOf('Full volumes'), input, { '{}': 0 });
  });

  test('a quotient of nothing and nothing is absent', () => {
    const input = { [`idle{${JOB}}`]: '0x70', [`busy{${JOB}}`]: '4x70' };
    assertResult(`sum(${share('idle', 'busy')}) or sum(${share('busy', 'idle')})`, input, { '{}': 0 });
    assertResult(share('busy', 'idle'), input, {});
  });
});

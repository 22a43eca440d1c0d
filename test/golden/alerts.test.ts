import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';

import { pages } from '../../dashboards/source/index.ts';
import { metricNames } from '../support/panel-queries.ts';
import { testRules, whyNoPromtool } from '../support/promtool.ts';

const top = join(import.meta.dirname, '../..');
const rules = join(top, 'deploy/rules/alerts.yaml');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>> & { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

const { groups } = parse(readFileSync(rules, 'utf8')) as { groups: readonly { rules: readonly Rule[] }[] };
const alerts = groups.flatMap((group) => group.rules);

/** Samples of a minute each: an hour of trouble, then two hours without, in promtool's notation. */
type Samples = string;

interface Case {
  /** Names and labels of series, with the samples when it has to fire and then to end, and when it never may. */
  readonly series: Readonly<Record<string, readonly [fires: Samples, quiet: Samples]>>;
  /** Labels of the alert besides its name and severity. */
  readonly labels: Readonly<Record<string, string>>;
  /** Minutes at which it has to be firing and to be over, if they are not the usual ones. */
  readonly firing?: number;
  readonly over?: number;
}

const JOB = { job: 'pod-exporter' };
const POD = { ...JOB, namespace: 'shop', pod: 'web-0' };
const APP = { ...POD, container: 'app' };
const POD_SERIES = '{namespace="shop",pod="web-0"}';
const APP_SERIES = '{namespace="shop",pod="web-0",container="app"}';

const DATA = { ...POD, volume: 'data', persistentvolumeclaim: 'data-web-0' };
const DATA_SERIES = '{namespace="shop",pod="web-0",volume="data",persistentvolumeclaim="data-web-0"}';
/** The same claim in another pod. */
const SHARED_SERIES = '{namespace="shop",pod="backup-1",volume="source",persistentvolumeclaim="data-web-0"}';
const CLAIM = { namespace: 'shop', persistentvolumeclaim: 'data-web-0' };

const CASES: Readonly<Record<string, Case>> = {
  ContainerOomKilled: {
    series: { [`container_terminated_oom_total${APP_SERIES}`]: ['0x10 1+1x50 51x120', '0x180'] },
    labels: APP,
  },
  ContainerProcessOomKilled: {
    series: {
      // A container that was terminated is reported by ContainerOomKilled alone.
      [`container_oom_kills_total${APP_SERIES}`]: ['0x10 1+1x50 51x120', '0x10 1+1x50 51x120'],
      [`container_terminated_oom_total${APP_SERIES}`]: ['0x180', '0x10 1+1x50 51x120'],
    },
    labels: APP,
  },
  ContainerMemoryNearLimit: {
    series: {
      [`container_memory_rss${APP_SERIES}`]: ['95x60 50x120', '85x180'],
      [`container_memory_limit_bytes${APP_SERIES}`]: ['100x180', '100x180'],
    },
    labels: APP,
  },
  PodMemoryNearLimit: {
    series: {
      // While one of the containers is near its own limit, its alert is enough.
      [`pod_memory_rss${POD_SERIES}`]: ['95x60 50x120', '95x180'],
      [`pod_memory_limit_bytes${POD_SERIES}`]: ['100x180', '100x180'],
      [`container_memory_rss${APP_SERIES}`]: ['48x60 25x120', '95x180'],
      [`container_memory_limit_bytes${APP_SERIES}`]: ['100x180', '100x180'],
    },
    labels: POD,
  },
  ContainerCpuThrottled: {
    series: {
      // A container whose limit is reached often, but which hardly waits, is left alone.
      [`container_cpu_cfs_periods_total${APP_SERIES}`]: ['0+600x180', '0+600x180'],
      [`container_cpu_cfs_throttled_periods_total${APP_SERIES}`]: ['0+300x60 18000x120', '0+300x180'],
      [`container_cpu_cfs_throttled_seconds_total${APP_SERIES}`]: ['0+30x60 1800x120', '0+1x180'],
    },
    labels: APP,
  },
  PodMemoryStalled: {
    series: { [`pod_pressure_memory_stalled_seconds_total${POD_SERIES}`]: ['0+12x60 720x120', '0+3x180'] },
    labels: POD,
  },
  ContainerThreadsNearLimit: {
    series: {
      [`container_threads${APP_SERIES}`]: ['95x60 50x120', '85x180'],
      [`container_threads_max${APP_SERIES}`]: ['100x180', '100x180'],
    },
    labels: APP,
  },
  PodThreadsNearLimit: {
    series: {
      // While one of the containers is near a limit of its own, its alert is enough.
      [`pod_threads${POD_SERIES}`]: ['95x60 50x120', '95x180'],
      [`pod_threads_max${POD_SERIES}`]: ['100x180', '100x180'],
      [`container_threads${APP_SERIES}`]: ['48x60 25x120', '95x180'],
      [`container_threads_max${APP_SERIES}`]: ['100x180', '100x180'],
    },
    labels: POD,
  },
  PodTcpRetransmits: {
    series: {
      // A pod that sends next to nothing is left alone.
      [`pod_network_tcp_sent_segments_total${POD_SERIES}`]: ['0+6000x180', '0+60x180'],
      [`pod_network_tcp_retransmitted_segments_total${POD_SERIES}`]: ['0+600x60 36000x120', '0+30x180'],
    },
    labels: POD,
  },
  PodListenOverflows: {
    series: { [`pod_network_tcp_listen_overflows_total${POD_SERIES}`]: ['0+5x60 300x120', '0x60 5x120'] },
    labels: POD,
  },
  PodNetworkErrors: {
    series: {
      'pod_network_receive_errors_total{namespace="shop",pod="web-0",interface="eth0"}': ['0+5x60 300x120', '0x180'],
      'pod_network_transmit_errors_total{namespace="shop",pod="web-0",interface="eth0"}': ['0x180', '0x180'],
    },
    labels: { ...POD, interface: 'eth0' },
  },
  PodVolumeAlmostFull: {
    series: {
      // One alert for the claim of two pods. None for a volume that is full and read-only.
      [`pod_volume_available_bytes${DATA_SERIES}`]: ['2x60 50x120', '0x180'],
      [`pod_volume_available_bytes${SHARED_SERIES}`]: ['2x60 50x120', '5x180'],
      [`pod_volume_capacity_bytes${DATA_SERIES}`]: ['100x180', '100x180'],
      [`pod_volume_capacity_bytes${SHARED_SERIES}`]: ['100x180', '100x180'],
      [`pod_volume_readonly${DATA_SERIES}`]: ['0x180', '1x180'],
    },
    labels: CLAIM,
  },
  PodVolumeFullInFourDays: {
    // A large volume that fills slowly can wait for working hours. None before there are six hours of history: a program that
    // writes its data at the start does not go on.
    series: {
      [`pod_volume_available_bytes${DATA_SERIES}`]: ['50-0.1x480 80x120', '13-0.005x600'],
      [`pod_volume_available_bytes${SHARED_SERIES}`]: ['50-0.1x480 80x120', '_x300 13-0.05x200 80x100'],
      [`pod_volume_capacity_bytes${DATA_SERIES}`]: ['100x600', '100x600'],
      [`pod_volume_capacity_bytes${SHARED_SERIES}`]: ['100x600', '100x600'],
      [`pod_volume_readonly${DATA_SERIES}`]: ['0x600', '1x600'],
    },
    labels: CLAIM,
    firing: 440,
    over: 590,
  },
  PodVolumeInodesAlmostUsed: {
    series: {
      [`pod_volume_inodes_free${DATA_SERIES}`]: ['2x60 50x120', '0x180'],
      [`pod_volume_inodes_free${SHARED_SERIES}`]: ['2x60 50x120', '5x180'],
      [`pod_volume_inodes${DATA_SERIES}`]: ['100x180', '100x180'],
      [`pod_volume_inodes${SHARED_SERIES}`]: ['100x180', '100x180'],
      [`pod_volume_readonly${DATA_SERIES}`]: ['0x180', '1x180'],
    },
    labels: CLAIM,
  },
  PodVolumeStuck: {
    series: { [`pod_volume_stuck${DATA_SERIES}`]: ['1x60 0x120', '0x60 1x2 0x118'] },
    labels: DATA,
  },
  PodVolumeReadOnly: {
    series: {
      // One alert for the claim of two pods. None where the pod is another one of the same name, which has it read-only, and
      // none for a volume that has never been writable.
      [`pod_volume_readonly${DATA_SERIES}`]: ['0x20 1x60 0x100', '0x20 1x160'],
      [`pod_start_time_seconds${POD_SERIES}`]: ['1000x180', '1000x20 1260x160'],
      [`pod_volume_readonly${SHARED_SERIES}`]: ['0x25 1x55 0x100', '1x180'],
      'pod_start_time_seconds{namespace="shop",pod="backup-1"}': ['1100x180', '1100x180'],
    },
    labels: CLAIM,
  },
  MachineFilesystemReadOnly: {
    series: {
      'machine_filesystem_readonly{node="node1",device="/dev/vda1",mountpoint="/",fstype="ext4"}': [
        '0x20 1x60 0x100',
        '0x20 1x3 0x157',
      ],
      // Mounted read-only on purpose.
      'machine_filesystem_readonly{node="node2",device="/dev/vda1",mountpoint="/",fstype="ext4"}': ['1x180', '1x180'],
    },
    labels: { ...JOB, node: 'node1', device: '/dev/vda1', mountpoint: '/', fstype: 'ext4' },
  },
  PodExporterAbsent: {
    series: { 'up{instance="node1:9771"}': ['_x60 1x120', '0x180'] },
    labels: JOB,
  },
  PodExporterDown: {
    series: { 'up{instance="node1:9771"}': ['0x60 1x120', '1x30 0x3 1x147'] },
    labels: { ...JOB, instance: 'node1:9771' },
  },
  PodNamesStale: {
    // Listed every ten minutes; in trouble not for the first hour.
    series: {
      'pod_exporter_pods_last_list_timestamp_seconds{instance="node1:9771"}': ['0x60 3600+60x120', '0+60x180'],
    },
    labels: { ...JOB, instance: 'node1:9771' },
  },
  PodNamesMissing: {
    series: { 'pod_exporter_pods_synced{instance="node1:9771"}': ['0x60 1x120', '0x5 1x175'] },
    labels: { ...JOB, instance: 'node1:9771' },
  },
  PodExporterScrapeCut: {
    series: {
      'pod_exporter_collector_success{instance="node1:9771",collector="cpu"}': ['0x60 1x120', '1x30 0x5 1x145'],
    },
    labels: { ...JOB, instance: 'node1:9771', collector: 'cpu' },
  },
  PodExporterCheckFailed: {
    series: { 'pod_exporter_check{instance="10.0.0.7:9771",check="host-pid"}': ['0x60 1x120', '1x180'] },
    labels: { ...JOB, instance: '10.0.0.7:9771', check: 'host-pid' },
  },
};

/** Summaries of the alerts about containers; the kubelet knows containers of pods alone. */
const SUMMARIES: Readonly<Record<string, string>> = {
  ContainerProcessOomKilled: 'A process in container app PLACE was OOM-killed',
  ContainerMemoryNearLimit: 'Container app PLACE is close to its memory limit',
  ContainerCpuThrottled: 'Container app PLACE is throttled by its CPU limit',
  ContainerThreadsNearLimit: 'Container app PLACE is close to its thread limit',
};

/** Minutes at which an alert has to be firing, and at which it has to be over. */
const FIRING = 50;
const OVER = 150;

/** Where the kubelet's zero means that there is no limit. */
const KUBELET_LIMITS = /^(?:container|pod)_(?:threads_max|memory_limit_bytes)/;

function ofJob(series: string, job: string): string {
  return series.replace('{', `{job="${job}",`);
}

function promtoolTest(
  alert: string,
  { series, labels, firing: at = FIRING, over = OVER }: Case,
  isQuiet: boolean,
): object {
  const { severity } = ruleOf(alert).labels;
  const all = { alertname: alert, alertstate: 'firing', severity, ...labels };
  const text = Object.entries(all).map(([name, value]) => `${name}="${value}"`);
  const firing = [{ labels: `ALERTS{${text.join(',')}}`, value: 1 }];
  const expect = (minute: number, samples: readonly object[]): object => ({
    expr: `ALERTS{alertname="${alert}",alertstate="firing"}`,
    eval_time: `${minute}m`,
    exp_samples: samples,
  });
  return {
    interval: '1m',
    input_series: Object.entries(series).flatMap(([name, [fires, quiet]]) => [
      { series: ofJob(name, 'pod-exporter'), values: isQuiet ? quiet : fires },
      // The kubelet exports series of the same names. Theirs are in trouble, or have a limit of 0, and count for nothing.
      { series: ofJob(name, 'kubelet'), values: KUBELET_LIMITS.test(name) ? '0x300' : fires },
    ]),
    promql_expr_test: [expect(at, isQuiet ? [] : firing), expect(over, [])],
  };
}

function ruleOf(alert: string): Rule {
  const rule = alerts.find((each) => each.alert === alert);
  assert.ok(rule !== undefined, alert);
  return rule;
}

/** The rule of an alert with its summary as its only annotation, as a file. */
function withSummaries(alert: string): string {
  const rule = ruleOf(alert);
  const { summary } = rule.annotations;
  return JSON.stringify({ groups: [{ name: 'summaries', rules: [{ ...rule, annotations: { summary } }] }] });
}

describe('the alerts', () => {
  test('are all tested', () => {
    assert.deepEqual(
      alerts.map(({ alert }) => alert),
      Object.keys(CASES),
    );
  });

  test('ask for series that there are', () => {
    const metrics = readFileSync(join(top, 'docs/metrics.md'), 'utf8');
    for (const { alert, expr } of alerts) {
      const names = [...metricNames(expr), ...(expr.match(/\b(?:container|pod)_[a-z_]+/g) ?? [])];
      for (const name of names) assert.ok(name === 'up' || metrics.includes(`\`${name}\``), `${alert}: ${name}`);
    }
  });

  test('say what happened, and where to read on', () => {
    const runbooks = readFileSync(join(top, 'docs/runbooks.md'), 'utf8');
    for (const { alert, annotations } of alerts) {
      assert.ok(annotations.summary.length > 0 && annotations.description.endsWith('.'), alert);
      assert.equal(annotations.runbook_url, `docs/runbooks.md#${alert.toLowerCase()}`);
      assert.ok(runbooks.includes(`\n## ${alert}\n`), alert);
    }
  });

  test('have runbooks that refer to panels by their names', () => {
    const runbooks = readFileSync(join(top, 'docs/runbooks.md'), 'utf8').replaceAll(/\s+/g, ' ');
    const titles = new Set(
      pages.flatMap(({ title: page, rows }) =>
        rows.flatMap(({ panels }) => panels.map((panel) => `${page} / ${panel.build().title ?? ''}`)),
      ),
    );
    const named = [...runbooks.matchAll(/\*([A-Z][A-Za-z -]+ \/ [^*]+)\*/g)].map(([, name = '']) => name);
    assert.ok(named.length > 5);
    assert.deepEqual(
      named.filter((name) => !titles.has(name) && name !== 'Status / Service Discovery'),
      [],
    );
  });

  for (const [alert, summary] of Object.entries(SUMMARIES)) {
    test(
      `${alert} names the pod of a container, or the node of a container outside of pods`,
      { skip: whyNoPromtool() },
      () => {
        const { series, labels } = CASES[alert] ?? { series: {}, labels: {} };
        const { namespace: _namespace, pod: _pod, ...outside } = labels;
        const node = { node: 'node1', instance: '10.0.0.7:9771' };
        const places = [
          { place: 'of pod shop/web-0', pod: 'namespace="shop",pod="web-0"', all: { ...labels, ...node } },
          { place: 'outside of pods on node1', pod: '', all: { ...outside, ...node } },
        ];
        const input_series = places.flatMap(({ pod }) =>
          Object.entries(series).map(([name, [values]]) => ({
            series: ofJob(
              name.replace(
                'namespace="shop",pod="web-0",',
                `${pod === '' ? '' : `${pod},`}node="node1",instance="10.0.0.7:9771",`,
              ),
              'pod-exporter',
            ),
            values,
          })),
        );
        const exp_alerts = places.map(({ place, all }) => ({
          exp_labels: { severity: ruleOf(alert).labels.severity, ...all },
          exp_annotations: { summary: summary.replace('PLACE', place) },
        }));
        const interval = '1m';
        const alert_rule_test = [{ alertname: alert, eval_time: `${FIRING}m`, exp_alerts }];
        testRules([{ interval, input_series, alert_rule_test }], withSummaries(alert));
      },
    );
  }

  for (const [alert, scenario] of Object.entries(CASES)) {
    for (const isQuiet of [false, true]) {
      test(`${alert} ${isQuiet ? 'does not fire without need' : 'fires, and ends'}`, { skip: whyNoPromtool() }, () => {
        testRules([promtoolTest(alert, scenario, isQuiet)], readFileSync(rules, 'utf8'));
      });
    }
  }
});

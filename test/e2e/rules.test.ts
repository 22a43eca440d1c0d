import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';

import { recordingGroups } from '../../scripts/recording-rules.ts';
import { Alertmanager, whyNoAlertmanager } from '../support/alertmanager.ts';
import type { NotifiedAlert } from '../support/alertmanager.ts';
import { Cleanup } from '../support/cleanup.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { InfluxDb, whyNoInfluxDb } from '../support/influxdb.ts';
import { nodePods } from '../support/node-pods.ts';
import { Prometheus, scrapeEach, whyNoPrometheus } from '../support/prometheus.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { StandInNode } from '../support/stand-in-node.ts';
import { until } from '../support/until.ts';

const SCRAPES = 6;

interface Group {
  readonly name: string;
  readonly rules: readonly Readonly<Record<string, unknown>>[];
}

const alerts = parse(readFileSync(join(import.meta.dirname, '../../deploy/rules/alerts.yaml'), 'utf8')) as {
  groups: readonly Group[];
};

/** Evaluated every second, and nobody waits until a trouble has lasted. */
const hurried = [...alerts.groups, ...recordingGroups('pod-exporter')].map(({ name, rules }) => ({
  name,
  interval: '1s',
  rules: rules.map((rule) => Object.fromEntries(Object.entries(rule).filter(([key]) => key !== 'for'))),
}));

/** What has no data on the stand-in node, and why. */
const EMPTY: readonly (readonly [name: RegExp, why: string])[] = [
  [/^claim:|^pod_volume_/, 'the pods of the stand-in node have no volumes'],
  [/fs_(?:reads|writes)_bytes/, 'the files of the pods may be on no block device'],
  [/^pod_pressure_/, 'the kernel may have no PSI, or no unified hierarchy'],
  [/^container_threads_max$/, 'the pods of the stand-in node may have any number of threads'],
];

/** Series that an alert asks for. */
const asked = new Set(
  alerts.groups.flatMap(({ rules }) =>
    rules.flatMap(({ expr }) => String(expr).match(/\b(?:container|pod|machine)_[a-z_]+|\bup\b/g) ?? []),
  ),
);

const LEVELS = ['pod', 'workload', 'namespace', 'node', 'cluster'];

const SUMMED = ['cpu_usage_seconds:rate5m', 'memory_working_set_bytes:sum', 'network_receive_bytes:rate5m'];

const skip = whyNoStandIn() ?? whyNoPrometheus();

describe('rules, from a node to the pager', { skip }, () => {
  const cleanup = new Cleanup();
  let prometheus: Prometheus;
  let alertmanager: Alertmanager | undefined;
  let influxDb: InfluxDb | undefined;

  before(async () => {
    const node = await StandInNode.create();
    cleanup.defer(() => node.stop());
    await node.addPods(nodePods({ folder: node.tree.folder, oomPeriod: 1 }));
    const api = ['--pods=api', `--kubeconfig=${node.kubeconfigPath}`, `--node-name=${node.nodeName}`];
    const exporter = await ExporterProcess.start([...api, `--path.cgroup=${node.tree.view()}`]);
    cleanup.defer(() => exporter.stop());
    await exporter.ready();
    if (whyNoAlertmanager() === false) alertmanager = await Alertmanager.start();
    cleanup.defer(async () => alertmanager?.stop());
    if (whyNoInfluxDb() === false) influxDb = await InfluxDb.start();
    cleanup.defer(async () => influxDb?.stop());
    const labels = { node: node.nodeName };
    const configuration = {
      global: await scrapeEach([`${exporter.url}/metrics`]),
      scrape_configs: [
        {
          job_name: 'pod-exporter',
          honor_labels: true,
          static_configs: [{ targets: [exporter.url.replace('http://', '')], labels }],
        },
      ],
      ...(alertmanager === undefined
        ? {}
        : { alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager.address] }] }] } }),
      ...(influxDb === undefined
        ? {}
        : { remote_write: [{ url: influxDb.writeUrl, queue_config: { batch_send_deadline: '1s' } }] }),
    };
    prometheus = await Prometheus.start(configuration, { groups: hurried });
    cleanup.defer(() => prometheus.stop());
    await until(
      `${SCRAPES} evaluations of the rules`,
      () => prometheus.query('count_over_time(cluster:cpu_usage_seconds:rate5m[10m])'),
      ([evaluations]) => (evaluations?.value ?? 0) >= SCRAPES,
    );
  });

  after(() => cleanup.run());

  for (const name of [
    ...recordingGroups('pod-exporter').flatMap(({ rules }) => rules.map(({ record }) => record)),
    ...asked,
  ]) {
    test(`${name} has data`, async (context) => {
      if ((await prometheus.query(name)).length > 0) return;
      const [, why] = EMPTY.find(([pattern]) => pattern.test(name)) ?? [];
      assert.ok(why !== undefined, 'no data');
      context.diagnostic(`no data: ${why}`);
    });
  }

  for (const amount of SUMMED) {
    test(`${amount} is the same sum at every level`, async () => {
      const base = amount.startsWith('network') ? 'pod' : 'container';
      for (const level of LEVELS) {
        // While the rules are evaluated some are a second newer than others.
        const [sum, other] = [`sum(${base}:${amount})`, `sum(${level}:${amount})`];
        await until(
          `${other} = ${sum}`,
          () => prometheus.query(`abs(${sum} - ${other}) - 1e-9 * ${sum}`),
          ([difference]) => (difference?.value ?? 1) <= 0,
        );
      }
    });
  }

  test('none of the rules failed', async () => {
    const failures = await prometheus.query('ALERTS{alertname="PodExporterDown"}');
    assert.deepEqual(failures, []);
    assert.doesNotMatch(prometheus.log, /Evaluating rule failed/);
  });

  test('an OOM kill reaches whoever is notified', { skip: whyNoAlertmanager() }, async () => {
    const isOom = ({ status, labels }: NotifiedAlert): boolean =>
      status === 'firing' && labels['alertname'] === 'ContainerOomKilled';
    const notified = await until(
      'a notification of ContainerOomKilled',
      () => alertmanager?.notified ?? [],
      (received) => received.some(isOom),
    );
    const alert = notified.find(isOom);
    assert.match(String(alert?.annotations['summary']), /^Container \S+ of pod batch\/oom\S* was OOM-killed$/);
    assert.equal(alert?.labels['severity'], 'warning');
  });

  test('InfluxDB has what Prometheus wrote to it', { skip: whyNoInfluxDb() }, async () => {
    const select = `SELECT last(value) AS value FROM "container_memory_rss" WHERE "namespace" = 'shop' AND "pod" = 'cart-0' GROUP BY "container"`;
    const rows = async (): Promise<readonly Readonly<Record<string, unknown>>[]> =>
      (await influxDb?.query(select)) ?? [];
    const [row] = await until('a row in InfluxDB', rows, ({ length }) => length > 0);
    const [series] = await prometheus.query('max_over_time(container_memory_rss{namespace="shop",pod="cart-0"}[5m])');
    assert.ok(Number(row?.['value']) > 0 && Number(row?.['value']) <= (series?.value ?? 0));
  });
});

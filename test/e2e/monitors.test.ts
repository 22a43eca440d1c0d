import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';

import { field, list } from '../../src/base/untrusted-json.ts';
import { Cleanup } from '../support/cleanup.ts';
import { recordedFlags } from '../support/exporter-flags.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { manifests } from '../support/manifests.ts';
import { Prometheus, scrapeEach, whyNoPrometheus } from '../support/prometheus.ts';
import { goldenNode } from '../support/recorded-node.ts';

/** Labels that the Prometheus Operator gives a target, besides `job`, before the relabelling of the monitor. */
const OF_THE_EXPORTER = {
  namespace: 'pod-exporter',
  pod: 'pod-exporter-abcde',
  container: 'pod-exporter',
  service: 'pod-exporter',
  endpoint: 'metrics',
};

/** The scrape configuration that the operator makes of a monitor, as far as labels go. */
function scrapeConfig(file: string, endpoints: string, target: string): object {
  const [monitor] = manifests(file);
  const [endpoint] = list(field(field(monitor, 'spec'), endpoints));
  return {
    job_name: endpoints,
    metrics_path: field(endpoint, 'path') ?? '/metrics',
    honor_labels: field(endpoint, 'honorLabels'),
    static_configs: [{ targets: [target], labels: { ...OF_THE_EXPORTER, __meta_kubernetes_pod_node_name: 'node1' } }],
    relabel_configs: list(field(endpoint, 'relabelings')).map((rule) => {
      const names: Readonly<Record<string, string>> = { sourceLabels: 'source_labels', targetLabel: 'target_label' };
      return Object.fromEntries(
        Object.entries(rule as object).map(([name, value]) => [names[name] ?? name, value as unknown]),
      );
    }),
  };
}

/** The configuration without the operator that docs/install.md gives. */
function plainConfig(target: string): object {
  const page = readFileSync(new URL('../../docs/install.md', import.meta.url), 'utf8');
  const [, text = ''] = /```yaml\n(scrape_configs:[\s\S]*?)```/.exec(page) ?? [];
  const [config] = list(field(parse(text), 'scrape_configs'));
  const { kubernetes_sd_configs: _discovery, ...rest } = config as Readonly<Record<string, unknown>>;
  const labels = { __meta_kubernetes_pod_node_name: 'node1', __meta_kubernetes_pod_container_port_name: 'metrics' };
  return { ...rest, static_configs: [{ targets: [target], labels }] };
}

const node = goldenNode('v2-systemd');
const JOBS = ['podMetricsEndpoints', 'endpoints', 'pod-exporter'];

describe('labels that Prometheus stores', { skip: whyNoPrometheus() }, () => {
  const cleanup = new Cleanup();
  let prometheus: Prometheus;

  before(async () => {
    const exporter = await ExporterProcess.start(recordedFlags(node));
    cleanup.defer(() => exporter.stop());
    await exporter.ready();
    const target = exporter.url.replace('http://', '');
    prometheus = await Prometheus.start({
      global: await scrapeEach(['/metrics', '/metrics/cadvisor'].map((path) => exporter.url + path)),
      scrape_configs: [
        scrapeConfig('components/pod-monitor/pod-monitor.yaml', 'podMetricsEndpoints', target),
        scrapeConfig('components/service-monitor/service-monitor.yaml', 'endpoints', target),
        plainConfig(target),
        { ...scrapeConfig('components/cadvisor-compat/service-monitor.yaml', 'endpoints', target), job_name: 'compat' },
      ],
    });
    cleanup.defer(() => prometheus.stop());
    await prometheus.scraped(4, 1);
  });

  after(() => cleanup.run());

  test("what stands in for the kubelet is called as the kubelet's, and nothing of it as the exporter", async () => {
    const rows = await prometheus.query(
      'container_memory_rss{job="kubelet",metrics_path="/metrics/cadvisor",node="node1"}',
    );
    assert.ok(rows.filter(({ labels }) => labels['pod'] !== undefined).length > 20);
    assert.ok(rows.some(({ labels }) => labels['id'] === '/' && labels['pod'] === undefined));
    for (const name of Object.keys(OF_THE_EXPORTER)) {
      const value = OF_THE_EXPORTER[name as keyof typeof OF_THE_EXPORTER];
      assert.deepEqual(await prometheus.query(`count({job="kubelet",${name}="${value}"})`), [], name);
    }
  });

  for (const job of JOBS) {
    test(`${job}: are those of the measured pods`, async () => {
      const pods = await prometheus.query(`pod_cpu_usage_seconds_total{job="${job}"}`);
      assert.ok(pods.length > 5);
      for (const { labels } of pods) {
        assert.deepEqual(Object.keys(labels).toSorted(), ['__name__', 'instance', 'job', 'namespace', 'node', 'pod']);
        assert.equal(labels['node'], 'node1');
        assert.notEqual(labels['namespace'], OF_THE_EXPORTER.namespace);
      }
      const containers = await prometheus.query(`container_cpu_usage_seconds_total{job="${job}"}`);
      assert.ok(containers.length > 5);
      for (const { labels } of containers) assert.notEqual(labels['container'], OF_THE_EXPORTER.container);
    });

    test(`${job}: nothing has the exporter's own`, async () => {
      const own = Object.entries(OF_THE_EXPORTER).map(([name, value]) => `count({job="${job}",${name}="${value}"})`);
      for (const query of own) assert.deepEqual(await prometheus.query(query), [], query);
    });
  }
});

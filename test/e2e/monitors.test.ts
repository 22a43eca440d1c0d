import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { field, list } from '../../src/pods/untrusted.ts';
import { Cleanup } from '../support/cleanup.ts';
import { recordedFlags } from '../support/exporter-flags.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { manifests } from '../support/manifests.ts';
import { Prometheus, whyNoPrometheus } from '../support/prometheus.ts';
import { goldenNodes } from '../support/recorded-node.ts';
import { until } from '../support/until.ts';

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

const [, node] = goldenNodes();
const JOBS = ['podMetricsEndpoints', 'endpoints'];

describe('labels that Prometheus stores', { skip: whyNoPrometheus() }, () => {
  const cleanup = new Cleanup();
  let prometheus: Prometheus;

  before(async () => {
    assert.ok(node);
    const exporter = await ExporterProcess.start(recordedFlags(node));
    cleanup.defer(() => exporter.stop());
    await exporter.ready();
    const target = exporter.url.replace('http://', '');
    prometheus = await Prometheus.start({
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [
        scrapeConfig('components/pod-monitor/pod-monitor.yaml', 'podMetricsEndpoints', target),
        scrapeConfig('components/service-monitor/service-monitor.yaml', 'endpoints', target),
      ],
    });
    cleanup.defer(() => prometheus.stop());
    await until('both have scraped', async () => (await prometheus.query('pod_exporter_build_info')).length === 2, 20);
  });

  after(() => cleanup.run());

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

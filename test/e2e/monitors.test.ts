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
function operatorConfig(file: string, endpoints: string, instance: string, target: string): object {
  const [monitor] = manifests(file);
  const [endpoint] = list(field(field(monitor, 'spec'), endpoints));
  return {
    // Not the job: what the operator names like this, `podMonitor/NAMESPACE/NAME/0`, is a job only until relabelling.
    job_name: `${endpoints} of ${file}`,
    metrics_path: field(endpoint, 'path') ?? '/metrics',
    honor_labels: field(endpoint, 'honorLabels'),
    static_configs: [{ targets: [target], labels: { ...OF_THE_EXPORTER, __meta_kubernetes_pod_node_name: instance } }],
    relabel_configs: list(field(endpoint, 'relabelings')).map((rule) => {
      const names: Readonly<Record<string, string>> = { sourceLabels: 'source_labels', targetLabel: 'target_label' };
      return Object.fromEntries(
        Object.entries(rule as object).map(([name, value]) => [names[name] ?? name, value as unknown]),
      );
    }),
  };
}

/** The configuration without the operator that a page gives, with this target instead of the one of the page. */
function plainConfig(page: string, instance: string, target: string): object {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
  const [, yaml = ''] = /```yaml\n(?:#.*\n)?(scrape_configs:[\s\S]*?)```/.exec(text) ?? [];
  const [config] = list(field(parse(yaml), 'scrape_configs'));
  const {
    kubernetes_sd_configs: discovery,
    honor_labels,
    relabel_configs,
    job_name,
    static_configs,
  } = config as Readonly<Record<string, unknown>>;
  const meta = { __meta_kubernetes_pod_node_name: instance, __meta_kubernetes_pod_container_port_name: 'metrics' };
  const labels = discovery === undefined ? (field(list(static_configs)[0], 'labels') as object) : meta;
  return {
    // Two jobs of one Prometheus cannot have one name; the label is what counts.
    job_name: `${String(job_name)} of ${page}`,
    honor_labels,
    static_configs: [{ targets: [target], labels: { job: job_name, instance, ...labels } }],
    relabel_configs: relabel_configs ?? [],
  };
}

const node = goldenNode('v2-systemd');

/** Every way to scrape the exporter, by the node, or the instance without discovery, that stands for it here. */
const CONFIGURATIONS: Readonly<Record<string, (instance: string, target: string) => object>> = {
  PodMonitor: (...args) => operatorConfig('components/pod-monitor/pod-monitor.yaml', 'podMetricsEndpoints', ...args),
  ServiceMonitor: (...args) => operatorConfig('components/service-monitor/service-monitor.yaml', 'endpoints', ...args),
  'docs/install.md': (...args) => plainConfig('docs/install.md', ...args),
  'README.md': (...args) => plainConfig('README.md', ...args),
  'docs/web-configuration.md': (...args) => plainConfig('docs/web-configuration.md', ...args),
};

/** Pages whose configuration names the targets, with the node of each. */
const WITHOUT_DISCOVERY = new Set(['README.md', 'docs/web-configuration.md']);

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
        ...Object.entries(CONFIGURATIONS).map(([name, config]) => config(name, target)),
        operatorConfig('components/cadvisor-compat/service-monitor.yaml', 'endpoints', 'compat', target),
      ],
    });
    cleanup.defer(() => prometheus.stop());
    await prometheus.scraped(Object.keys(CONFIGURATIONS).length + 1, 1);
  });

  after(() => cleanup.run());

  test("what stands in for the kubelet is called as the kubelet's, and nothing of it as the exporter", async () => {
    const rows = await prometheus.query(
      'container_memory_rss{job="kubelet",metrics_path="/metrics/cadvisor",node="compat"}',
    );
    assert.ok(rows.filter(({ labels }) => labels['pod'] !== undefined).length > 20);
    assert.ok(rows.some(({ labels }) => labels['id'] === '/' && labels['pod'] === undefined));
    for (const name of Object.keys(OF_THE_EXPORTER)) {
      const value = OF_THE_EXPORTER[name as keyof typeof OF_THE_EXPORTER];
      assert.deepEqual(await prometheus.query(`count({job="kubelet",${name}="${value}"})`), [], name);
    }
  });

  for (const name of Object.keys(CONFIGURATIONS)) {
    const own = `job="pod-exporter",instance="${name}"`;

    test(`${name}: are the one job, the node and those of the measured pods`, async () => {
      const pods = await prometheus.query(`pod_cpu_usage_seconds_total{${own}}`);
      assert.ok(pods.length > 5);
      for (const { labels } of pods) {
        assert.deepEqual(Object.keys(labels).toSorted(), ['__name__', 'instance', 'job', 'namespace', 'node', 'pod']);
        assert.equal(labels['node'], WITHOUT_DISCOVERY.has(name) ? 'node1' : labels['instance']);
        assert.notEqual(labels['namespace'], OF_THE_EXPORTER.namespace);
      }
      const containers = await prometheus.query(`container_cpu_usage_seconds_total{${own}}`);
      assert.ok(containers.length > 5);
      for (const { labels } of containers) assert.notEqual(labels['container'], OF_THE_EXPORTER.container);
    });

    test(`${name}: nothing has the exporter's own`, async () => {
      const queries = Object.entries(OF_THE_EXPORTER).map(([label, value]) => `count({${own},${label}="${value}"})`);
      for (const query of queries) assert.deepEqual(await prometheus.query(query), [], query);
    });
  }
});

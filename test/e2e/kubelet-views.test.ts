import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Cleanup } from '../support/cleanup.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { nodePods } from '../support/node-pods.ts';
import { Prometheus, scrapeEach, whyNoPrometheus, type Series } from '../support/prometheus.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { StandInNode } from '../support/stand-in-node.ts';

/** As kube-prometheus scrapes the kubelet: job, metrics_path, and what it drops. */
function scrapeConfigs(target: string, node: string): readonly object[] {
  const EMPTY_POD = ';';
  const cadvisorDrops = [
    {
      source_labels: ['__name__'],
      regex: 'container_(network_tcp_usage_total|network_udp_usage_total|tasks_state|cpu_load_average_10s)',
      action: 'drop',
    },
    {
      source_labels: ['__name__', 'pod', 'namespace'],
      regex: `(container_spec_.*|container_file_descriptors|container_sockets|container_threads_max|container_threads|container_start_time_seconds|container_last_seen);${EMPTY_POD}`,
      action: 'drop',
    },
    { source_labels: ['__name__', 'container'], regex: '(container_blkio_device_usage_total);.+', action: 'drop' },
  ];
  return ['/metrics/cadvisor', '/metrics/resource'].map((path) => ({
    job_name: path,
    metrics_path: path,
    honor_labels: true,
    honor_timestamps: path !== '/metrics/cadvisor',
    static_configs: [{ targets: [target], labels: { job: 'kubelet', node } }],
    relabel_configs: [{ source_labels: ['__metrics_path__'], target_label: 'metrics_path' }],
    metric_relabel_configs: path === '/metrics/cadvisor' ? cadvisorDrops : [],
  }));
}

const CADVISOR = 'job="kubelet", metrics_path="/metrics/cadvisor"';

/** On which node a pod is; kube-state-metrics tells it where it runs, here our own series does. */
const POD_NODES = 'topk by (namespace, pod) (1, max by (namespace, pod, node) (kube_pod_info{node!=""}))';

const RULE = 'node_namespace_pod_container:container';

/** The rules of kubernetes-mixin that are made of cAdvisor's series, by their names. */
const RULES: Readonly<Record<string, string>> = {
  kube_pod_info: 'max by (namespace, pod, node) (pod_info)',
  [`${RULE}_cpu_usage_seconds_total:sum_rate5m`]: `sum by (namespace, pod, container) (rate(container_cpu_usage_seconds_total{${CADVISOR}, image!=""}[5m])) * on (namespace, pod) group_left(node) ${POD_NODES}`,
  ...Object.fromEntries(
    ['working_set_bytes', 'rss', 'cache', 'swap'].map((what) => [
      `${RULE}_memory_${what}`,
      `container_memory_${what}{${CADVISOR}, image!=""} * on (namespace, pod) group_left(node) ${POD_NODES}`,
    ]),
  ),
};

/** What panels and alerts of kubernetes-mixin and of dotdc's dashboards ask of cAdvisor's series. */
const QUERIES: readonly string[] = [
  'sum by (namespace) (node_namespace_pod_container:container_cpu_usage_seconds_total:sum_rate5m)',
  `sum by (container, pod, namespace) (increase(container_cpu_cfs_throttled_periods_total{container!=""}[5m])) / sum by (container, pod, namespace) (increase(container_cpu_cfs_periods_total[5m])) > 0.25`,
  ...['rss', 'cache', 'swap', 'working_set_bytes', 'usage_bytes'].map(
    (what) => `sum by (container) (container_memory_${what}{${CADVISOR}, container!="", container!="POD", image!=""})`,
  ),
  ...['receive', 'transmit'].flatMap((way) =>
    ['bytes', 'packets', 'packets_dropped', 'errors'].map(
      (what) => `sum by (pod) (rate(container_network_${way}_${what}_total{${CADVISOR}, namespace=~".+"}[1m]))`,
    ),
  ),
  'sum by (namespace, pod, container) (rate(container_cpu_cfs_throttled_seconds_total{image!="", container!=""}[1m]))',
  'sum by (namespace, pod) (increase(container_oom_events_total{container!=""}[5m])) > 0',
  'container_file_descriptors{container!=""} > 0',
  'container_ulimits_soft{container!="", ulimit="max_open_files"}',
  'container_sockets{container!=""}',
  'container_fs_reads_total{id="/"}',
  'sum(machine_cpu_cores{node!=""})',
  'sum(machine_memory_bytes{node!=""})',
  'sum(container_memory_working_set_bytes{id="/"}) / sum(machine_memory_bytes)',
  'sum by (id) (rate(container_cpu_usage_seconds_total{id="/"}[1m]))',
  // prometheus-adapter.
  'sum by (pod, namespace) (rate(container_cpu_usage_seconds_total{container!="", pod!=""}[1m]))',
  // /metrics/resource.
  'sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{metrics_path="/metrics/resource"}[1m]))',
  'node_memory_working_set_bytes{metrics_path="/metrics/resource"}',
];

const DEVICE = 'device=~"(/dev.+)|mmcblk.p.+|nvme.+|rbd.+|sd.+|vd.+|xvd.+|dm-.+|dasd.+"';

/** The same, of which there is nothing where the pods' files are on no block device. */
const DISK_QUERIES = ['reads_total', 'writes_total', 'reads_bytes_total', 'writes_bytes_total'].map(
  (what) => `sum by (namespace, pod) (rate(container_fs_${what}{${CADVISOR}, container!="", ${DEVICE}}[1m]))`,
);

const SCRAPES = 8;

const skip = whyNoStandIn() ?? whyNoPrometheus();

describe('a Prometheus that takes us for a kubelet', { skip }, () => {
  const cleanup = new Cleanup();
  let prometheus: Prometheus;

  before(async () => {
    const node = await StandInNode.create();
    cleanup.defer(() => node.stop());
    await node.addPods(nodePods({ folder: node.tree.folder, oomPeriod: 1 }));
    const api = ['--pods=api', `--kubeconfig=${node.kubeconfigPath}`, `--node-name=${node.nodeName}`];
    const exporter = await ExporterProcess.start([...api, `--path.cgroup=${node.tree.view()}`]);
    cleanup.defer(() => exporter.stop());
    await exporter.ready();
    const rules = Object.entries(RULES).map(([record, expr]) => ({ record, expr }));
    const target = exporter.url.replace('http://', '');
    const configuration = {
      global: await scrapeEach(
        ['/metrics', '/metrics/cadvisor', '/metrics/resource'].map((path) => exporter.url + path),
      ),
      scrape_configs: [
        ...scrapeConfigs(target, node.nodeName),
        { job_name: 'pod-exporter', honor_labels: true, static_configs: [{ targets: [target] }] },
      ],
    };
    prometheus = await Prometheus.start(configuration, { groups: [{ name: 'mixin', interval: '1s', rules }] });
    cleanup.defer(() => prometheus.stop());
    await prometheus.scraped(3, SCRAPES);
  });

  after(() => cleanup.run());

  test('every target is up, and nothing of them was refused', async () => {
    assert.deepEqual(
      (await prometheus.query('up')).map(({ value }) => value),
      [1, 1, 1],
    );
    assert.doesNotMatch(prometheus.log, /level=(?:warn|error)/);
    for (const { value } of await prometheus.query('container_scrape_error or machine_scrape_error or scrape_error'))
      assert.equal(value, 0);
  });

  for (const record of Object.keys(RULES)) {
    test(`rule ${record}`, async () => assert.ok((await prometheus.query(record)).length > 0));
  }

  for (const query of QUERIES) {
    test(query, async () => assert.ok((await prometheus.query(query)).length > 0));
  }

  for (const query of DISK_QUERIES) {
    test(query, async (context) => {
      const devices = await prometheus.query('container_fs_writes_total{pod!=""}');
      if (devices.length === 0) context.skip('the files of the pods are on no block device');
      else assert.ok((await prometheus.query(query)).length > 0);
    });
  }

  test('no series of a cgroup has a name of the exporter itself', async () => {
    const series = await prometheus.query(
      `count by (container, pod, namespace) (container_memory_rss{${CADVISOR}, id=~"/|/kubepods.*"})`,
    );
    const above = series.filter(({ labels }) => labels['pod'] === undefined);
    assert.equal(above.length, 1);
    assert.deepEqual(above[0]?.labels, {});
  });

  /** What the containers and sandboxes of a pod have, and what its own cgroup has, by pod or namespace. */
  async function sums(metric: string, by: string): Promise<readonly (readonly [parts: number, whole: number])[]> {
    const part = `sum by (${by}) (${metric}{${CADVISOR}, image!=""})`;
    const whole = `sum by (${by}) (${metric}{${CADVISOR}, pod!="", image=""})`;
    const wholes = await prometheus.query(`${whole} and on (${by}) ${part}`);
    const parts = await prometheus.query(part);
    const key = ({ labels }: Series): string => `${labels['namespace']}/${labels['pod'] ?? ''}`;
    const byKey = new Map(parts.map((series) => [key(series), series.value]));
    return wholes.map((series) => [byKey.get(key(series)) ?? Number.NaN, series.value]);
  }

  for (const by of ['namespace, pod', 'namespace']) {
    test(`the sums by ${by} are the totals of the cgroups`, async () => {
      const cpu = await sums('container_cpu_usage_seconds_total', by);
      assert.ok(cpu.length >= 3);
      // Containers are read a moment before their pod; a container that was started again took its time with it.
      for (const [parts, whole] of cpu) assert.ok(parts <= whole + 0.01, `${parts} of ${whole}`);
      const close = cpu.filter(([parts, whole]) => whole - parts < 0.05 + whole / 20);
      assert.ok(close.length >= cpu.length / 2, JSON.stringify(cpu));
      const threads = await sums('container_threads', by);
      assert.ok(
        threads.filter(([parts, whole]) => parts === whole).length >= threads.length / 2,
        JSON.stringify(threads),
      );
    });
  }
});

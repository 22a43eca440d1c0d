import type { Cleanup } from './cleanup.ts';
import { ExporterProcess } from './exporter-process.ts';
import { nodePods } from './node-pods.ts';
import { Prometheus, scrapeEach } from './prometheus.ts';
import { StandInNode } from './stand-in-node.ts';

/** The exporter's own, and two that stand in for the kubelet's, with series of the same names. */
const ENDPOINTS = ['/metrics', '/metrics/cadvisor', '/metrics/resource'];

/** Pages that show an object: the values of their variables on the stand-in node. */
export const CHOICES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  namespace: { namespace: 'shop' },
  workload: { namespace: 'shop', workload: 'cart' },
  pod: { namespace: 'batch', pod: 'throttled' },
};

/** A Prometheus that has scraped a stand-in node so often, as the jobs `pod-exporter` and `kubelet`. */
export async function startScrapedNode(cleanup: Cleanup, scrapes: number): Promise<Prometheus> {
  const node = await StandInNode.create();
  cleanup.defer(() => node.stop());
  await node.addPods(nodePods({ folder: node.tree.folder, oomPeriod: 1 }));
  const exporter = await ExporterProcess.start([
    '--pods=api',
    `--kubeconfig=${node.kubeconfigPath}`,
    `--node-name=${node.nodeName}`,
    `--path.cgroup=${node.tree.view()}`,
  ]);
  cleanup.defer(() => exporter.stop());
  await exporter.ready();
  const prometheus = await Prometheus.start({
    global: await scrapeEach(ENDPOINTS.map((path) => exporter.url + path)),
    scrape_configs: ENDPOINTS.map((metrics_path) => ({
      job_name: `pod-exporter${metrics_path}`,
      honor_labels: true,
      metrics_path,
      static_configs: [
        {
          targets: [exporter.url.replace('http://', '')],
          labels: { node: node.nodeName, job: metrics_path === '/metrics' ? 'pod-exporter' : 'kubelet', metrics_path },
        },
      ],
    })),
  });
  cleanup.defer(() => prometheus.stop());
  await prometheus.scraped(ENDPOINTS.length, scrapes);
  return prometheus;
}

import { join } from 'node:path';

import { recordingGroups } from '../../scripts/recording-rules.ts';
import type { CgroupTree } from './cgroups.ts';
import type { Cleanup } from './cleanup.ts';
import { ExporterProcess } from './exporter-process.ts';
import { launch } from './launch.ts';
import { nodePods } from './node-pods.ts';
import { withVolumes } from './pod-volumes.ts';
import { Prometheus, scrapeEach } from './prometheus.ts';
import { newContainerId } from './running-container.ts';
import { StandInNode } from './stand-in-node.ts';

/** The exporter's own, and two that stand in for the kubelet's, with series of the same names. */
const ENDPOINTS = ['/metrics', '/metrics/cadvisor', '/metrics/resource'];

/** Pages that show an object: the values of their variables on the stand-in node. */
export const CHOICES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  namespace: { namespace: 'shop' },
  workload: { namespace: 'shop', workload: 'cart' },
  pod: { namespace: 'batch', pod: 'throttled' },
};

/** A node that a Prometheus scrapes. */
export interface ScrapedNode {
  readonly prometheus: Prometheus;
  readonly exporter: ExporterProcess;
  readonly nodeName: string;
}

/**
 * A Prometheus that has scraped a stand-in node so often, as the jobs `pod-exporter` and `kubelet`, and that evaluates
 * the recording rules.
 */
export async function startScrapedNode(cleanup: Cleanup, scrapes: number): Promise<ScrapedNode> {
  const node = await StandInNode.create();
  cleanup.defer(() => node.stop());
  await node.addPods(nodePods({ folder: node.tree.folder, oomPeriod: 1 }));
  await startOutsideOfPods(node.tree);
  const kubelet = join(node.tree.folder, 'kubelet');
  const exporter = await ExporterProcess.start(
    [
      '--pods=api',
      `--kubeconfig=${node.kubeconfigPath}`,
      `--node-name=${node.nodeName}`,
      `--path.cgroup=${node.tree.view()}`,
      `--path.kubelet=${kubelet}`,
    ],
    { wrapper: withVolumes(kubelet, node.pods) },
  );
  cleanup.defer(() => exporter.stop());
  await exporter.ready();
  const prometheus = await Prometheus.start(await configuration(node, exporter), {
    groups: recordingGroups('pod-exporter').map((group) => ({ ...group, interval: '1s' })),
  });
  cleanup.defer(() => prometheus.stop());
  await prometheus.scraped(ENDPOINTS.length, scrapes);
  return { prometheus, exporter, nodeName: node.nodeName };
}

/** A container as of Docker, with an interface. No engine names it. */
async function startOutsideOfPods(tree: CgroupTree): Promise<void> {
  const cgroup = `docker/${newContainerId()}`;
  tree.make(cgroup);
  tree.limit(cgroup, { cpu: 0.5, memory: 2 ** 26, pids: 20 });
  const connected =
    'ip link add eth0 type veth peer name eth1; ip link set eth0 up; ip link set eth1 up; exec sleep 100000';
  await launch(tree, { cgroup, network: 'new', argv: ['sh', '-c', connected] });
}

async function configuration({ nodeName }: StandInNode, { url }: ExporterProcess): Promise<object> {
  return {
    global: await scrapeEach(ENDPOINTS.map((path) => url + path)),
    scrape_configs: ENDPOINTS.map((metrics_path) => ({
      job_name: `pod-exporter${metrics_path}`,
      honor_labels: true,
      metrics_path,
      static_configs: [
        {
          targets: [url.replace('http://', '')],
          labels: { node: nodeName, job: metrics_path === '/metrics' ? 'pod-exporter' : 'kubelet', metrics_path },
        },
      ],
    })),
  };
}

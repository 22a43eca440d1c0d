import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Cleanup } from '../support/cleanup.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { nodePods } from '../support/node-pods.ts';
import { panelQueries } from '../support/panel-queries.ts';
import { Prometheus, scrapeEach, whyNoPrometheus } from '../support/prometheus.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { StandInNode } from '../support/stand-in-node.ts';

const SCRAPES = 8;

/** What is chosen on each page: the values of its variables on the stand-in node. */
const CHOICES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  namespace: { namespace: 'shop' },
  workload: { namespace: 'shop', workload: 'cart' },
  pod: { namespace: 'batch', pod: 'throttled' },
};

/** Queries that have no data on the stand-in node, with the reason. */
const EMPTY: readonly (readonly [query: RegExp, reason: string])[] = [
  [/pod_volume_|ephemeral_storage/, 'the pods of the stand-in node have no volumes, and their usage is not measured'],
  [/pressure_|refaults|pgscan/, 'the kernel may have no PSI, or no unified hierarchy'],
  [/_fs_(?:reads|writes)_/, 'the files of the pods may be on no block device'],
  [/> 0\)?$|> 0\.\d+$/, 'nothing of the kind is wrong on the stand-in node'],
  [/cfs_throttled_periods_total/, 'the containers of the chosen pods that have a CPU limit are idle'],
  [/read_errors_total|pods_restarts_total/, 'nothing has failed'],
  [
    /threads_max|swap_limit|_time_seconds_total|deriv\(/,
    'no limit of threads or swap, no I/O, no file system that fills up',
  ],
  [/^sum\(up|up\{.*== 0/, 'no exporter is down'],
  [/:(?:sum|rate5m|ratio)\{/, 'the recording rules are not installed'],
];

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
    prometheus = await Prometheus.start({
      global: await scrapeEach([`${exporter.url}/metrics`]),
      scrape_configs: [
        {
          job_name: 'pod-exporter',
          honor_labels: true,
          static_configs: [{ targets: [exporter.url.replace('http://', '')], labels: { node: node.nodeName } }],
        },
      ],
    });
    cleanup.defer(() => prometheus.stop());
    await prometheus.scraped(1, SCRAPES);
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
});

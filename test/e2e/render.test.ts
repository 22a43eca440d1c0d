import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { pages } from '../../dashboards/source/index.ts';
import { Cleanup } from '../support/cleanup.ts';
import { diskOf } from '../support/disk.ts';
import { renderPages, SCREENSHOTS, whyNoRenderer } from '../support/page-renderer.ts';
import type { RenderedPage } from '../support/page-renderer.ts';
import { whyNoPrometheus } from '../support/prometheus.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { CHOICES, startScrapedNode } from '../support/scraped-node.ts';
import { until } from '../support/until.ts';

/** Panels that may be without data on the stand-in node, by reason. All others must have some. */
const EMPTY: Readonly<Record<string, readonly string[]>> = {
  'the collector is off by default': ['storage / Ephemeral storage by namespace'],
  'the chosen pod has no file on a disk': ['pod / Disk by device', 'pod / Disk operations'],
  'the pod of the workload uses neither a disk nor TCP': [
    'workload / Disk by pod',
    'workload / Retransmitted segments',
  ],
  'the containers with a CPU limit are idle': [
    'namespace / Throttled',
    'workload / Throttled',
    'workload / Throttled periods',
  ],
  'nothing is wrong with the network of the stand-in node': [
    'network / Pods with network errors',
    'network / Retransmitted segments',
    'network / SYN retransmissions',
    'network / Failed connection attempts',
    'network / Resets',
    'network / Timeouts',
    'network / Received packets dropped',
    'network / UDP receive buffer errors',
  ],
  'connections of the stand-in node are short, and no scrape may see one': ['network / TCP connections, top pods'],
  'no volume has two hours of history': ['storage / Volumes that fill up'],
  'nothing has failed': ['exporter / Read errors', 'exporter / List and watch restarts'],
  ...(diskOf(tmpdir()) === undefined
    ? {
        'the files of the pods are on no block device': [
          'cluster / Disk by namespace',
          ...['Top readers', 'Top writers', 'Most read operations', 'Most write operations'].map(
            (title) => `storage / ${title}`,
          ),
        ],
      }
    : {}),
  ...(existsSync('/proc/pressure/cpu')
    ? {}
    : {
        'the kernel has no PSI': [
          ...['CPU', 'Memory', 'I/O'].flatMap((resource) => [
            `cluster / ${resource} pressure by node`,
            `pod / ${resource} pressure`,
          ]),
          'node / Pressure',
          'pod / Memory wait',
        ],
      }),
};

/**
 * Samples that a query may read: a few of each series of the node, over all points of a graph. About 1.5 times the most that
 * was measured, 9,240 on the page Network health.
 */
const MAX_SAMPLES = 14_000;

/**
 * Panels that state what is now, and have no value while the exporter is down, by page. The CPU of a pod is a rate, whose
 * window has the scrapes before for some seconds.
 */
const GONE: Readonly<Record<string, readonly string[]>> = {
  cluster: ['Pods', 'Full volumes', 'Cores', 'CPU used', 'CPU requested', 'Memory', 'Pod memory', 'Memory requested'],
  namespace: ['Pods', 'CPU of requests', 'Memory of requests', 'Workloads'],
  pod: ['Pod', 'Memory', 'Volumes'],
  exporter: ['Not synced', 'Oldest list', 'Failed collectors', 'Series'],
};

const SCRAPES = 20;
const RANGE_MS = 300_000;

/** A page, and the values of its variables. */
function wanted(page: string): string {
  const chosen = Object.entries(CHOICES[page] ?? {}).map(([variable, value]) => `${variable}=${value}`);
  return `${page}:${chosen.join(',')}`;
}

function pageOf(from: readonly RenderedPage[], name: string): RenderedPage {
  const page = from.find((each) => each.page === name);
  assert.ok(page !== undefined, `${name} was not rendered`);
  return page;
}

const skip = whyNoStandIn() ?? (whyNoPrometheus() || whyNoRenderer());

describe("the pages, as Grafana's libraries show them", { skip }, () => {
  const cleanup = new Cleanup();
  let rendered: readonly RenderedPage[];
  let withoutExporter: readonly RenderedPage[];

  before(async () => {
    const { prometheus, exporter } = await startScrapedNode(cleanup, SCRAPES);
    // The same range for all pages: what their queries read does not depend on how long rendering takes.
    const now = Date.now();
    const range = { from: new Date(now - RANGE_MS).toISOString(), to: new Date(now).toISOString() };
    rendered = await renderPages(
      prometheus.url,
      pages.map(({ name }) => wanted(name)),
      range,
    );
    await exporter.stop();
    await until(
      'a failed scrape',
      () => prometheus.query('up{job="pod-exporter"} == 0'),
      ({ length }) => length === 1,
    );
    const alarming = Object.keys(GONE).map(wanted);
    const down = { from: 'now-5m', to: 'now', folder: join(SCREENSHOTS, 'exporter-down') };
    withoutExporter = await renderPages(prometheus.url, alarming, down);
  });

  after(() => cleanup.run());

  for (const { name } of pages) {
    const found = (): RenderedPage => pageOf(rendered, name);

    test(`${name}: no query and no panel fails`, (context) => {
      const { errors, queries } = found();
      assert.deepEqual(errors, []);
      assert.ok(queries.length > 4);
      for (const { error, panel, expr } of queries) assert.equal(error, undefined, `${panel}: ${expr}`);
      context.diagnostic(`image: ${SCREENSHOTS}/${name}-1600-dark.png`);
    });

    test(`${name}: every panel has data, or a reason to have none`, (context) => {
      for (const title of found().empty) {
        const [reason] = Object.entries(EMPTY).find(([, panels]) => panels.includes(`${name} / ${title}`)) ?? [];
        assert.ok(reason !== undefined, `${title} is empty`);
        context.diagnostic(`${title} is empty: ${reason}`);
      }
    });

    test(`${name}: no query reads more samples than its bound`, () => {
      for (const { samples, panel, expr } of found().queries) {
        assert.ok(samples !== undefined && samples <= MAX_SAMPLES, `${panel} reads ${samples} samples: ${expr}`);
      }
    });
  }

  for (const [name, titles] of Object.entries(GONE)) {
    test(`${name}: shows in red that the exporter is down, and no old value`, () => {
      const isDown = (text: string): boolean => /^Exporters: 1\s*down$/.test(text);
      assert.ok(!pageOf(rendered, name).red.some(isDown));
      const { red, empty } = pageOf(withoutExporter, name);
      assert.ok(red.some(isDown), red.join());
      assert.equal(red.includes('Down'), ['cluster', 'exporter'].includes(name));
      assert.deepEqual(
        titles.filter((title) => !empty.includes(title)),
        [],
      );
    });
  }
});

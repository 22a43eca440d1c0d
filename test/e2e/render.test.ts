import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';

import { pages } from '../../dashboards/source/index.ts';
import { Cleanup } from '../support/cleanup.ts';
import { diskOf } from '../support/disk.ts';
import { renderPages, SCREENSHOTS, whyNoRenderer } from '../support/page-renderer.ts';
import type { RenderedPage } from '../support/page-renderer.ts';
import { whyNoPrometheus } from '../support/prometheus.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { CHOICES, startScrapedNode } from '../support/scraped-node.ts';

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

/** Samples that a query may read: a few of each series of the node, over all points of a graph. */
const MAX_SAMPLES = 60_000;

const SCRAPES = 20;
const skip = whyNoStandIn() ?? (whyNoPrometheus() || whyNoRenderer());

describe("the pages, as Grafana's libraries show them", { skip }, () => {
  const cleanup = new Cleanup();
  let rendered: readonly RenderedPage[];

  before(async () => {
    const { prometheus } = await startScrapedNode(cleanup, SCRAPES);
    const wanted = pages.map(({ name }) => {
      const chosen = Object.entries(CHOICES[name] ?? {}).map(([variable, value]) => `${variable}=${value}`);
      return `${name}:${chosen.join(',')}`;
    });
    rendered = await renderPages(prometheus.url, wanted);
  });

  after(() => cleanup.run());

  for (const { name } of pages) {
    const found = (): RenderedPage => {
      const page = rendered.find((each) => each.page === name);
      assert.ok(page !== undefined, `${name} was not rendered`);
      return page;
    };

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
});

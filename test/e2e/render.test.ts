import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { pages } from '../../dashboards/source/index.ts';
import { Cleanup } from '../support/cleanup.ts';
import { renderPages, SCREENSHOTS, whyNoRenderer } from '../support/page-renderer.ts';
import type { RenderedPage } from '../support/page-renderer.ts';
import { whyNoPrometheus } from '../support/prometheus.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { CHOICES, startScrapedNode } from '../support/scraped-node.ts';

/** Panels that may be without data on the stand-in node, by `page / title`, with the reason. */
const EMPTY: readonly (readonly [panel: RegExp, reason: string])[] = [
  [/ \/ Volumes|Nearly full|Full within|Stuck volumes/, 'the pods of the stand-in node have no volumes'],
  [/^storage \/ Ephemeral storage/, 'the collector is off by default'],
  [/^sizing \//, 'the recording rules are not installed'],
  [/[Pp]ressure/, 'the kernel may have no PSI, or no unified hierarchy'],
  [/^pod \/ (?:Refaults|Swap)/, 'only with cgroup v2, and only with swap accounting'],
  [
    /Disk|[Dd]isk|readers|writers|operations|File systems|Fullest file/,
    'the files of the pods may be on no block device',
  ],
  [/^network \//, 'nothing is wrong with the network of the stand-in node'],
  [/^exporter \/ (?:Read errors|List and watch restarts)/, 'nothing has failed'],
  [/^(?:namespace|workload) \/ Throttled/, 'the containers with a CPU limit are idle'],
  [/^(?:namespace|node|cluster) \/ Pods in trouble/, 'what the pods do, they may do without trouble'],
  [/^workload \/ Retransmitted/, 'the pod of the workload has no connections'],
];

/** Samples that a query may read: a few of each series of the node, over all points of a graph. */
const MAX_SAMPLES = 60_000;

const SCRAPES = 20;
const skip = whyNoStandIn() ?? (whyNoPrometheus() || whyNoRenderer());

describe("the pages, as Grafana's libraries show them", { skip }, () => {
  const cleanup = new Cleanup();
  let rendered: readonly RenderedPage[];

  before(async () => {
    const prometheus = await startScrapedNode(cleanup, SCRAPES);
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
        const [, reason] = EMPTY.find(([panel]) => panel.test(`${name} / ${title}`)) ?? [];
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

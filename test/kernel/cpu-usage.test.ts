import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { FileReader } from '../../src/kernel/file-reader.ts';
import { collectors, viewCollectors } from '../../src/metrics/index.ts';
import { PodIndex } from '../../src/pods/pod-index.ts';
import { Collections } from '../../src/collect/collections.ts';
import { CpuUsages } from '../../src/collect/cpu-usage.ts';
import { openNode } from '../../src/collect/open-node.ts';
import type { Scraper } from '../../src/collect/scraper.ts';
import type { SnapshotBuilder } from '../../src/snapshot/builder.ts';
import type { CpuUsage } from '../../src/snapshot/cpu-usage.ts';
import { SUMMARY_COLLECTORS } from '../../src/views/summary/collectors.ts';
import { STORAGE } from '../support/storage-choice.ts';
import * as kernel from '../support/kernel-readings.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { StandInNode } from '../support/stand-in-node.ts';
import { burnAll, idle } from '../support/workloads.ts';

const skip = whyNoStandIn() ?? false;

/** A collection, and the burning container's CPU time in seconds before and after it, as the kernel says. */
interface Reading {
  readonly wanted: readonly string[];
  readonly snapshot: SnapshotBuilder;
  readonly before: number;
  after: number;
}

describe('CPU usage between two readings of real cgroups', { skip }, () => {
  const cleanups: (() => Promise<unknown>)[] = [];
  const reader = new FileReader({ maxCachedDescriptors: 256 });
  let node: StandInNode;
  let scraper: Scraper;

  before(async () => {
    node = await StandInNode.create();
    cleanups.push(() => node.stop());
    const pod = (name: string, argv: readonly string[]) => ({ namespace: 'shop', name, containers: [{ name, argv }] });
    await node.addPods([pod('burning', burnAll()), pod('idle', idle())]);
    const index = new PodIndex({ podLabels: [], podAnnotations: [] });
    index.replace(node.pods.map((each) => each.object()));
    ({ scraper } = openNode({
      paths: { procfs: '/proc', sysfs: '/sys', rootfs: '/', cgroup: node.tree.view() },
      collectors: [...collectors, ...viewCollectors],
      index,
      interfaces: /^/,
      storage: STORAGE,
      reader,
    }));
  });

  after(async () => {
    reader.close();
    for (const cleanup of cleanups.toReversed()) await cleanup();
  });

  const burnt = (): number => {
    const { cgroup } = node.pod('burning').container('burning');
    const origins = kernel.COUNTERS['cpu_usage_seconds_total'] ?? [];
    return kernel.readingOf(node.tree, cgroup, origins) ?? Number.NaN;
  };

  /** Collections of the node, each written down. */
  const collect = (): { collections: Collections; usages: CpuUsages; readings: readonly Reading[] } => {
    const readings: Reading[] = [];
    const watched = {
      builder: () => scraper.builder(),
      // They are looked at afterwards.
      recycle: () => {},
      scrape: async (snapshot: SnapshotBuilder, wanted: ReadonlySet<string>, deadline: { at: number }) => {
        const reading = { wanted: [...wanted], snapshot, before: burnt(), after: Number.NaN };
        readings.push(reading);
        const finished = await scraper.scrape(snapshot, wanted, deadline);
        reading.after = burnt();
        return finished;
      },
    };
    const collections = new Collections(watched as unknown as Scraper, (snapshot) => usages.record(snapshot));
    const usages: CpuUsages = new CpuUsages(collections);
    return { collections, usages, readings };
  };

  /** The usage of the container called `name`, in billionths of a core. */
  const usageOf = (usage: CpuUsage, name: string, { snapshot }: Reading): number => {
    const found = snapshot.subjects.container.find(({ container }) => container?.name === name);
    return usage.get(found?.id ?? 0) ?? Number.NaN;
  };

  test('matches the kernel, with one second reading for twenty concurrent requests', async () => {
    const { collections, usages, readings } = collect();
    const wanted = new Set(SUMMARY_COLLECTORS);
    const deadline = performance.now() + 3_600_000;
    const asked = Array.from({ length: 20 }, () =>
      collections.use(wanted, deadline, (snapshot) => usages.of(snapshot, deadline)),
    );
    const usage = await Promise.all(asked);
    const second = readings.filter((reading) => reading.wanted.length === 2);
    assert.equal(second.length, 1);
    const [first] = readings;
    const [again] = second;
    assert.ok(first !== undefined && again !== undefined);
    const [began, ended] = [first, again].map(({ snapshot }) => snapshot.began.get('cpu') ?? Number.NaN);
    const seconds = ((ended ?? 0) - (began ?? 0)) / 1000;
    assert.ok(seconds >= 0.2, `${seconds}`);
    for (const each of usage) {
      const used = (usageOf(each, 'burning', first) / 1e9) * seconds;
      assert.ok(used >= again.before - first.after - 1e-6, `${used} s in ${seconds} s`);
      assert.ok(used <= again.after - first.before + 1e-6, `${used} s in ${seconds} s`);
      assert.ok(usageOf(each, 'idle', first) < usageOf(each, 'burning', first) / 10);
    }
  });
});

import { strict as assert } from 'node:assert';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import type { CollectorName } from '../../../src/metrics/index.ts';
import { cpu } from '../../../src/metrics/cpu.ts';
import { nodeCpu } from '../../../src/metrics/node-totals.ts';
import { Collections } from '../../../src/collect/collections.ts';
import { CpuUsages } from '../../../src/collect/cpu-usage.ts';
import { perLevel } from '../../../src/metrics/row.ts';
import type { SnapshotBuilder } from '../../../src/snapshot/builder.ts';
import type { CpuUsage } from '../../../src/snapshot/cpu-usage.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import type { Subject } from '../../../src/snapshot/subject.ts';
import { ControlledScraper, type ControlledScrape } from './controlled-scraper.ts';

const LATER = performance.now() + 3_600_000;

const WEB: Subject = { id: 1, level: 'container', path: '', labels: [] };
const DB: Subject = { id: 2, level: 'container', path: '', labels: [] };
const NODE: Subject = { id: 3, level: 'node', path: '', labels: [] };

/** CPU time in seconds, of containers and of the node. */
type Times = ReadonlyMap<Subject, number>;

/** The collectors that read CPU time. */
const BOTH: readonly CollectorName[] = ['cpu', 'node-cpu'];

/** Writes a whole reading at `at` milliseconds. */
function fill(builder: SnapshotBuilder, at: number, seconds: Times, collectors = BOTH): void {
  builder.prepare(perLevel((level) => [...seconds.keys()].filter((subject) => subject.level === level)));
  for (const level of ['container', 'node'] as const)
    cpuColumn(builder, level).set(builder.subjects[level].map((one) => seconds.get(one) ?? 0));
  for (const collector of collectors) {
    builder.began.set(collector, at);
    builder.outcomes.push({ collector, seconds: 0, success: true });
  }
}

function cpuColumn(builder: SnapshotBuilder, level: 'container' | 'node'): Float64Array {
  const family = builder.plan.families.find(({ name }) => name === `${level}_cpu_usage_seconds_total`);
  return builder.columns(level)[family?.series[0]?.column ?? -1] ?? assert.fail();
}

function times(web: number, node = 2 * web): Times {
  return new Map([
    [WEB, web],
    [NODE, node],
  ]);
}

interface Rig {
  readonly scraper: ControlledScraper;
  readonly usages: CpuUsages;
  /** A finished collection, which has been recorded. */
  readonly collected: (at: number, times: Times, collectors?: CollectorName[]) => Snapshot;
}

function rig(): Rig {
  const scraper = new ControlledScraper([cpu, nodeCpu]);
  const usages: CpuUsages = new CpuUsages(new Collections(scraper.asScraper, (snapshot) => usages.record(snapshot)));
  const collected: Rig['collected'] = (at, seconds, collectors) => {
    const builder = scraper.builder();
    fill(builder, at, seconds, collectors);
    const snapshot = builder.finish();
    usages.record(snapshot);
    return snapshot;
  };
  return { scraper, usages, collected };
}

/** Runs everything that can run without a timer. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function scrapeAt({ scraper }: Rig, position: number): ControlledScrape {
  return scraper.scrapes[position] ?? assert.fail(`scrape ${position} has not begun`);
}

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

describe('usage since an earlier collection', () => {
  test('is CPU time divided by time, in billionths of a core', async () => {
    const { usages, collected, scraper } = rig();
    collected(1000, times(10));
    const usage = await usages.of(collected(16_000, times(17.5)), LATER);
    assert.deepEqual(
      usage,
      new Map([
        [WEB.id, 500_000_000],
        [NODE.id, 1_000_000_000],
      ]),
    );
    assert.equal(scraper.scrapes.length, 0);
  });

  test('is unknown for a new cgroup, a smaller number or no number', async () => {
    const { usages, collected } = rig();
    collected(
      0,
      new Map([
        [WEB, 5],
        [NODE, Number.NaN],
      ]),
    );
    const usage = await usages.of(
      collected(
        2000,
        new Map([
          [WEB, 4],
          [DB, 1],
          [NODE, 7],
        ]),
      ),
      LATER,
    );
    assert.deepEqual(usage, new Map());
  });

  test('is zero for an idle cgroup', async () => {
    const { usages, collected } = rig();
    collected(0, times(5));
    assert.equal((await usages.of(collected(2000, times(5)), LATER)).get(WEB.id), 0);
  });

  test('is measured since the latest collection that is at least 1 s old, with any scrape interval', async () => {
    const { usages, collected, scraper } = rig();
    for (let at = 0; at <= 5000; at += 300) {
      // Half a core until 2.5 s, then a whole one.
      const snapshot = collected(at, times(at <= 2500 ? at / 2000 : 1.25 + (at - 2500) / 1000));
      if (at >= 4800) assert.equal(Math.round((await usages.of(snapshot, LATER)).get(WEB.id) ?? 0), 1_000_000_000);
    }
    assert.equal(scraper.scrapes.length, 0);
  });

  test('is not measured since a collection that is more than 60 s old', async () => {
    const { usages, collected } = rig();
    collected(0, times(0));
    assert.equal((await usages.of(collected(60_000, times(6)), LATER)).get(WEB.id), 100_000_000);
    const late = rig();
    late.collected(0, times(0));
    assert.deepEqual(await late.usages.of(late.collected(60_001, times(6)), performance.now()), new Map());
  });

  test('of a collector that was not read is unknown, and not read again', async () => {
    const { usages, collected, scraper } = rig();
    collected(0, times(0));
    const snapshot = collected(2000, times(1), []);
    assert.deepEqual(await usages.of(snapshot, LATER), new Map());
    assert.equal(scraper.scrapes.length, 0);
  });
});

describe('usage without an earlier collection', () => {
  test('is measured by a second reading of CPU time alone after 200 ms', async () => {
    const first = rig();
    const answer = first.usages.of(first.collected(0, times(10)), LATER);
    await settled();
    mock.timers.tick(199);
    await settled();
    assert.equal(first.scraper.scrapes.length, 0);
    mock.timers.tick(1);
    await settled();
    const scrape = scrapeAt(first, 0);
    assert.deepEqual([...scrape.wanted].toSorted(), ['cpu', 'node-cpu']);
    fill(scrape.builder, 250, times(10.05));
    scrape.finish();
    const usage = await answer;
    assert.equal(Math.round(usage.get(WEB.id) ?? 0), 200_000_000);
    assert.equal(Math.round(usage.get(NODE.id) ?? 0), 400_000_000);
  });

  test('requires one second reading for all requests of that time', async () => {
    const all = rig();
    const answers: Promise<CpuUsage>[] = [];
    for (let at = 0; at < 200; at += 10) {
      answers.push(all.usages.of(all.collected(at, times(10 + at / 1000)), LATER));
      await settled();
      mock.timers.tick(10);
    }
    await settled();
    assert.equal(answers.length, 20);
    assert.equal(all.scraper.scrapes.length, 1);
    fill(scrapeAt(all, 0).builder, 200, times(10.2));
    scrapeAt(all, 0).finish();
    for (const usage of await Promise.all(answers)) assert.equal(Math.round(usage.get(WEB.id) ?? 0), 1_000_000_000);
    const next = all.usages.of(all.collected(500, times(11)), LATER);
    await settled();
    mock.timers.tick(200);
    await settled();
    assert.equal(all.scraper.scrapes.length, 2);
    scrapeAt(all, 1).finish();
    await next;
  });

  test('combines the second reading with the earlier one of another collector', async () => {
    const both = rig();
    both.collected(0, times(10), ['cpu']);
    const answer = both.usages.of(both.collected(10_000, times(15, 100)), LATER);
    await settled();
    mock.timers.tick(200);
    await settled();
    fill(scrapeAt(both, 0).builder, 10_200, times(15.2, 100.1));
    scrapeAt(both, 0).finish();
    const usage = await answer;
    assert.equal(usage.get(WEB.id), 500_000_000);
    assert.equal(Math.round(usage.get(NODE.id) ?? 0), 500_000_000);
  });

  test('is unknown if the deadline is too close', async () => {
    const { usages, collected, scraper } = rig();
    assert.deepEqual(await usages.of(collected(0, times(10)), performance.now() + 100), new Map());
    assert.equal(scraper.scrapes.length, 0);
  });

  test('is unknown if the second reading fails', async () => {
    const failing = rig();
    const answer = failing.usages.of(failing.collected(0, times(10)), LATER);
    await settled();
    mock.timers.tick(200);
    await settled();
    scrapeAt(failing, 0).fail(new Error('no such luck'));
    assert.deepEqual(await answer, new Map());
  });
});

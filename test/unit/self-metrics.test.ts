import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import type { SelfFamily } from '../../src/self-family.ts';
import type { AnswerFacts, SelfReadings } from '../../src/self-facts.ts';
import { SelfMetrics } from '../../src/self-metrics.ts';
import { until } from '../support/until.ts';

const READINGS: SelfReadings = {
  pods: () => ({
    indexed: 12,
    skippedMetadata: 3,
    status: { synced: true, lastListSeconds: 100, lastEventSeconds: 200, restarts: new Map([['410', 2]]) },
  }),
  stuckMounts: () => 0,
  checks: () => [
    { id: 'pressure', state: 'ok' },
    { id: 'host-pid', state: 'failed' },
    { id: 'clock', state: 'skipped' },
  ],
  engines: () => [],
  descriptors: () => 34,
};

/** A source of pods that has heard nothing yet. */
function unsynced(): ReturnType<SelfReadings['pods']> {
  return { indexed: 0, skippedMetadata: 0, status: { synced: false, restarts: new Map() } };
}

const ANSWER: AnswerFacts = {
  outcomes: [
    { collector: 'cpu', seconds: 0.25, success: true },
    { collector: 'io', success: false },
  ],
  series: new Map([['cpu', 99]]),
  cgroups: { pod: 1, container: 2, outside: 0, pause: 3, slice: 4, unmatched: 5, nested: 6, duplicate: 7 },
  missing: { pods: 7, containers: 8 },
};

/** Samples as lines, so that a test reads like the answer. */
function lines(families: readonly SelfFamily[], prefix = ''): string[] {
  return families.flatMap(({ samples }) =>
    samples
      .filter(({ name }) => name.startsWith(prefix))
      .map(
        ({ name, labels, value }) => `${name}{${labels.map(([label, text]) => `${label}=${text}`).join()}} ${value}`,
      ),
  );
}

function valuesOf({ samples }: SelfFamily): readonly number[] {
  return samples.map(({ value }) => value);
}

describe('SelfMetrics', () => {
  test('reports the collectors and cgroups of one answer', async () => {
    const found = lines(await new SelfMetrics('1.2.3', READINGS).families(ANSWER), 'pod_exporter_c');
    assert.deepEqual(found.toSorted(), [
      'pod_exporter_cgroups{kind=container} 2',
      'pod_exporter_cgroups{kind=duplicate} 7',
      'pod_exporter_cgroups{kind=nested} 6',
      'pod_exporter_cgroups{kind=outside} 0',
      'pod_exporter_cgroups{kind=pause} 3',
      'pod_exporter_cgroups{kind=pod} 1',
      'pod_exporter_cgroups{kind=slice} 4',
      'pod_exporter_cgroups{kind=unmatched} 5',
      'pod_exporter_check{check=host-pid} 0',
      'pod_exporter_check{check=pressure} 1',
      'pod_exporter_collector_duration_seconds{collector=cpu} 0.25',
      'pod_exporter_collector_success{collector=cpu} 1',
      'pod_exporter_collector_success{collector=io} 0',
      'pod_exporter_containers_without_cgroup{} 8',
    ]);
  });

  test('reports series by collector', async () => {
    assert.deepEqual(lines(await new SelfMetrics('1', READINGS).families(ANSWER), 'pod_exporter_series'), [
      'pod_exporter_series{collector=cpu} 99',
    ]);
  });

  test('answers that are written at the same time do not mix', async () => {
    const self = new SelfMetrics('1', READINGS);
    const other: AnswerFacts = { outcomes: [{ collector: 'memory', success: true }], series: new Map(), cgroups: {} };
    const [first, second] = await Promise.all([self.families(ANSWER), self.families(other)]);
    assert.equal(lines(first, 'pod_exporter_collector_success').length, 2);
    assert.deepEqual(lines(second, 'pod_exporter_collector_success'), [
      'pod_exporter_collector_success{collector=memory} 1',
    ]);
  });

  test('reports the current index and descriptors', async () => {
    let indexed = 1;
    const self = new SelfMetrics('1', { ...READINGS, pods: () => ({ ...READINGS.pods(), indexed: indexed++ }) });
    await self.families(ANSWER);
    assert.deepEqual(lines(await self.families(ANSWER), 'pod_exporter_pods'), [
      'pod_exporter_pods_without_cgroup{} 7',
      'pod_exporter_pods_indexed{} 2',
      'pod_exporter_pods_synced{} 1',
      'pod_exporter_pods_last_list_timestamp_seconds{} 100',
      'pod_exporter_pods_last_event_timestamp_seconds{} 200',
      'pod_exporter_pods_restarts_total{reason=410} 2',
    ]);
    assert.deepEqual(lines(await self.families(ANSWER), 'pod_exporter_pod_metadata'), [
      'pod_exporter_pod_metadata_skipped{} 3',
    ]);
    assert.deepEqual(lines(await self.families(ANSWER), 'pod_exporter_descriptors'), [
      'pod_exporter_descriptors_cached{} 34',
    ]);
  });

  test('omits unknown values', async () => {
    const pods = unsynced;
    assert.deepEqual(lines(await new SelfMetrics('1', { ...READINGS, pods }).families(ANSWER), 'pod_exporter_pods'), [
      'pod_exporter_pods_without_cgroup{} 7',
      'pod_exporter_pods_indexed{} 0',
      'pod_exporter_pods_synced{} 0',
    ]);
  });

  test('counts scrapes and failed reads', async () => {
    const self = new SelfMetrics('1', READINGS);
    self.scraped({ seconds: 0.03125, errors: new Map([['cpu', new Map([['EACCES', 2]])]]) });
    self.scraped({
      seconds: 0.25,
      errors: new Map([
        [
          'cpu',
          new Map([
            ['EACCES', 1],
            ['truncated', 1],
          ]),
        ],
      ]),
    });
    const families = await self.families(ANSWER);
    assert.deepEqual(lines(families, 'pod_exporter_read_errors_total'), [
      'pod_exporter_read_errors_total{collector=cpu,code=EACCES} 3',
      'pod_exporter_read_errors_total{collector=cpu,code=truncated} 1',
    ]);
    const duration = lines(families, 'pod_exporter_scrape_duration_seconds');
    assert.ok(duration.includes('pod_exporter_scrape_duration_seconds_bucket{le=0.05} 1'));
    assert.ok(duration.includes('pod_exporter_scrape_duration_seconds_bucket{le=+Inf} 2'));
    assert.ok(duration.includes('pod_exporter_scrape_duration_seconds_count{} 2'));
    assert.ok(duration.includes('pod_exporter_scrape_duration_seconds_sum{} 0.28125'));
  });

  test('exports nothing of the event loop that was not measured', async () => {
    const self = new SelfMetrics('1', READINGS);
    const values = async (): Promise<readonly number[]> => {
      const families = await self.families(ANSWER);
      return families.filter(({ name }) => name.startsWith('nodejs_eventloop_lag')).flatMap(valuesOf);
    };
    assert.ok((await values()).length <= 1);
    self.answering(true);
    for (let scrapes = 0; scrapes < 5; scrapes++) {
      const read = await Promise.all([values(), values(), values()]);
      for (const value of read.flat()) assert.ok(value >= 0 && value < 300, String(value));
    }
    await until('all statistics', values, (read) => read.length === 8);
    self.answering(false);
  });

  test('measures the delay of the event loop while requests are answered, the first included, and only then', async () => {
    const self = new SelfMetrics('1', READINGS);
    const maximum = async (): Promise<number | undefined> =>
      (await self.families(ANSWER)).find(({ name }) => name === 'nodejs_eventloop_lag_max_seconds')?.samples[0]?.value;
    self.answering(true);
    block(200);
    await until('the delay', maximum, (value) => value !== undefined && value >= 0.1);
    self.answering(false);
    await maximum();
    block(200);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    assert.equal(await maximum(), undefined);
  });

  test('excludes the process and the runtime on request', async () => {
    const families = await new SelfMetrics('1', READINGS, { ofProcess: false }).families(ANSWER);
    assert.deepEqual(
      families.filter(({ name }) => !name.startsWith('pod_exporter_')),
      [],
    );
    assert.ok(families.some(({ name }) => name === 'pod_exporter_build_info'));
  });

  test('states what it is', async () => {
    assert.deepEqual(lines(await new SelfMetrics('1.2.3', READINGS).families(ANSWER), 'pod_exporter_build_info'), [
      `pod_exporter_build_info{version=1.2.3,node_version=${process.version}} 1`,
    ]);
  });

  test('has the families of the library about the process, but none that a linter rejects', async () => {
    const families = await new SelfMetrics('1', READINGS).families(ANSWER);
    const names = families.map(({ name }) => name);
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'process_open_fds',
      'nodejs_version_info',
    ]) {
      assert.ok(names.includes(name), name);
    }
    assert.equal(new Set(names).size, names.length);
    for (const { name, type, help } of families) {
      assert.equal(name.endsWith('_total'), type === 'counter', name);
      assert.doesNotMatch(name, /gauge|counter|histogram|summary/);
      assert.match(help, /^[A-Z].*\.$/, name);
    }
  });
});

/** Blocks the event loop. */
function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

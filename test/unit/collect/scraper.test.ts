import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import type { FileName } from '../../../src/kernel/file-table.ts';
import type { Collector } from '../../../src/metrics/row.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { CONTAINER, fakeNode, POD, type FakeNode, type FakeNodeOptions } from './fake-node.ts';

function collector(name: string, file: FileName): Collector {
  const from = { v1: 'absent', v2: { file } } as const;
  return {
    name,
    about: 'Test.',
    enabled: true,
    cgroup: [{ name, type: 'gauge', help: 'X.', levels: ['container', 'pod'], from }],
  };
}

const COLLECTORS = [
  collector('threads', 'pids.current'),
  collector('usage', 'memory.current'),
  collector('peak', 'memory.peak'),
];

const FILES = Object.fromEntries(
  [CONTAINER, POD].flatMap((path) =>
    ['pids.current', 'memory.current', 'memory.peak'].map((file) => [`cgroup${path}/${file}`, '5\n']),
  ),
);

function node(t: TestContext, options: Partial<FakeNodeOptions> = {}): FakeNode {
  return fakeNode(t, { files: FILES, collectors: COLLECTORS, ...options });
}

async function outcomes(
  { scraper }: FakeNode,
  wanted: readonly string[],
  deadline: number,
): Promise<Snapshot['outcomes']> {
  const { outcomes: found } = await scraper.scrape(scraper.builder(), new Set(wanted), { at: deadline });
  return found;
}

const ALL = COLLECTORS.map(({ name }) => name);

describe('a scrape', () => {
  test('reads the wanted collectors in the order of the plan', async (t) => {
    const { lines, success } = await node(t).scrape(['peak', 'threads']);
    assert.deepEqual(Object.keys(success), ['threads', 'peak']);
    assert.deepEqual(
      lines.map((line) => line.split('{')[0]),
      ['container_threads', 'pod_threads', 'container_peak', 'pod_peak'],
    );
  });

  test('ignores collectors that the plan does not have', async (t) => {
    assert.deepEqual(await node(t).scrape(['other']), {
      lines: [],
      errors: {},
      counts: { pod: 1, container: 1, outside: 0, pause: 0, slice: 2, unmatched: 0, nested: 0, duplicate: 0 },
      missing: [],
      success: {},
      unmatched: [],
      notices: [],
    });
  });

  test('reports its start time and duration', async (t) => {
    const { scraper, clock } = node(t, { opening: () => (clock.now += 10) });
    const snapshot = await scraper.scrape(scraper.builder(), new Set(ALL), { at: Number.POSITIVE_INFINITY });
    assert.equal(snapshot.time, 1000);
    assert.deepEqual(
      snapshot.outcomes.map(({ seconds }) => seconds),
      [0.02, 0.02, 0.02],
    );
    // Of the collectors, and of the walk that reads the processes of the sandbox.
    assert.equal(snapshot.seconds, 0.07);
  });

  test('reuses a builder without anything of the previous scrape', async (t) => {
    const of = node(t);
    assert.equal((await of.scrape()).lines.length, 6);
    of.remove('cgroup/kubepods');
    assert.deepEqual((await of.scrape()).lines, []);
  });
});

describe('the deadline', () => {
  test('cuts off unfinished collectors, whose samples are not exported', async (t) => {
    const of = node(t, { opening: (_, file) => (of.clock.now += file === 'memory.current' ? 600 : 1) });
    const found = await outcomes(of, ALL, of.clock.now + 500);
    assert.deepEqual(
      found.map(({ collector: name, success }) => [name, success]),
      [
        ['threads', true],
        ['usage', false],
        ['peak', false],
      ],
    );
  });

  test('in the past prevents all reads', async (t) => {
    const of = node(t);
    assert.deepEqual(
      (await outcomes(of, ALL, of.clock.now - 1)).map(({ success }) => success),
      [false, false, false],
    );
  });

  test('can be extended while the scrape runs', async (t) => {
    const deadline = { at: 1_000_000 + 500 };
    const of = node(t, {
      opening: () => {
        deadline.at += 1000;
        of.clock.now += 600;
      },
    });
    const snapshot = await of.scraper.scrape(of.scraper.builder(), new Set(ALL), deadline);
    assert.ok(snapshot.outcomes.every(({ success }) => success));
  });
});

describe('a collector that fails', () => {
  test('is reported as a notice and affects no other collector', async (t) => {
    const collectors = [
      COLLECTORS[0] ?? assert.fail(),
      collector('limit', 'memory.max'),
      COLLECTORS[2] ?? assert.fail(),
    ];
    const of = node(t, { collectors });
    Object.defineProperty(of.random, 'value', {
      get: () => {
        throw new TypeError('a defect');
      },
    });
    const { success, notices, lines } = await of.scrape();
    assert.deepEqual(success, { threads: true, limit: false, peak: true });
    const fields = { collector: 'limit', error: 'TypeError: a defect' };
    assert.deepEqual(notices, [{ message: 'cannot read a collector', fields }]);
    assert.deepEqual(
      lines.map((line) => line.split('{')[0]),
      ['container_threads', 'pod_threads', 'container_peak', 'pod_peak'],
    );
  });
});

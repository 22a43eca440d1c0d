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
  test('reads what is wanted, in the order of the tables', async (t) => {
    const { lines, success } = await node(t).scrape(['peak', 'threads']);
    assert.deepEqual(Object.keys(success), ['threads', 'peak']);
    assert.deepEqual(
      lines.map((line) => line.split('{')[0]),
      ['container_threads', 'pod_threads', 'container_peak', 'pod_peak'],
    );
  });

  test('knows no collector but those of the plan', async (t) => {
    assert.deepEqual(await node(t).scrape(['other']), {
      lines: [],
      errors: {},
      counts: { pod: 1, container: 1, pause: 0, slice: 2, unmatched: 0 },
      success: {},
      unmatched: [],
      notices: [],
    });
  });

  test('tells when it began and how long it took', async (t) => {
    const { scraper, clock } = node(t, { opening: () => (clock.now += 10) });
    const snapshot = await scraper.scrape(scraper.builder(), new Set(ALL), { at: Number.POSITIVE_INFINITY });
    assert.equal(snapshot.time, 1000);
    assert.deepEqual(
      snapshot.outcomes.map(({ seconds }) => seconds),
      [0.02, 0.02, 0.02],
    );
    assert.equal(snapshot.seconds, 0.06);
  });

  test('may be repeated with one snapshot, which keeps nothing of the time before', async (t) => {
    const of = node(t);
    assert.equal((await of.scrape()).lines.length, 6);
    of.remove('cgroup/kubepods');
    assert.deepEqual((await of.scrape()).lines, []);
  });
});

describe('the deadline', () => {
  test('cuts collectors that are not done, and what they have read is not exported', async (t) => {
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

  test('that has passed before leaves nothing read', async (t) => {
    const of = node(t);
    assert.deepEqual(
      (await outcomes(of, ALL, of.clock.now - 1)).map(({ success }) => success),
      [false, false, false],
    );
  });

  test('may be put off while the scrape runs', async (t) => {
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
  test('is told as a notice and costs no other collector anything', async (t) => {
    const collectors = [
      COLLECTORS[0] ?? assert.fail(),
      collector('limit', 'memory.max'),
      COLLECTORS[2] ?? assert.fail(),
    ];
    const of = node(t, { collectors });
    Object.defineProperty(of.chance, 'value', {
      get: () => {
        throw new TypeError('a defect');
      },
    });
    const { success, notices, lines } = await of.scrape();
    assert.deepEqual(success, { threads: true, limit: false, peak: true });
    assert.equal(notices.length, 1);
    assert.match(notices[0] ?? '', /a defect/);
    assert.deepEqual(
      lines.map((line) => line.split('{')[0]),
      ['container_threads', 'pod_threads', 'container_peak', 'pod_peak'],
    );
  });
});

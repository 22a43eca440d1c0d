import { strict as assert } from 'node:assert';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { Collections } from '../../../src/collect/collections.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { ControlledScraper, type ControlledScrape } from './controlled-scraper.ts';

const LONG = 3_600_000;

interface Rig {
  readonly scraper: ControlledScraper;
  readonly collections: Collections;
  /** Snapshots of collections that are over, as they were reported. */
  readonly finished: readonly Snapshot[];
  /** Asks for collectors; what comes of it is the snapshot that was given. */
  readonly ask: (wanted: string, patience?: number) => Promise<Snapshot>;
}

/** `order`: collectors of the plan; what is not among them cannot be added to a collection that goes on. */
function rig(...order: readonly string[]): Rig {
  const scraper = new ControlledScraper(order.map((name) => ({ name, about: 'Test.', enabled: true })));
  const finished: Snapshot[] = [];
  const collections = new Collections(scraper.asScraper, (snapshot) => finished.push(snapshot));
  const ask: Rig['ask'] = (wanted, patience = LONG) =>
    collections.use(new Set(wanted.split(' ')), performance.now() + patience, (snapshot) => Promise.resolve(snapshot));
  return { scraper, collections, finished, ask };
}

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

/** The scrape at a position, which must have begun. */
function scrapeAt({ scraper }: Rig, position: number): ControlledScrape {
  return scraper.scrapes[position] ?? assert.fail(`scrape ${position} has not begun`);
}

/** Lets everything that can happen without a timer happen. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function read(snapshot: Snapshot): string[] {
  return snapshot.outcomes.map(({ collector }) => collector);
}

describe('one collection', () => {
  test('begins at once and gives its snapshot when it is over', async () => {
    const with1 = rig();
    const answer = with1.ask('cpu');
    const scrape = scrapeAt(with1, 0);
    assert.deepEqual([...scrape.wanted], ['cpu']);
    scrape.read('cpu');
    scrape.finish();
    const snapshot = await answer;
    assert.equal(snapshot, scrape.snapshot);
    assert.deepEqual(read(snapshot), ['cpu']);
    await settled();
    assert.deepEqual(with1.finished, [snapshot]);
    assert.deepEqual(with1.scraper.recycled, [snapshot]);
  });

  test('is shared by those who ask meanwhile for the same or for fewer collectors', async () => {
    const all = rig();
    const answers = [all.ask('cpu io memory'), all.ask('memory cpu io'), all.ask('io'), all.ask('cpu memory')];
    await settled();
    assert.equal(all.scraper.scrapes.length, 1);
    scrapeAt(all, 0).finish();
    const snapshots = new Set(await Promise.all(answers));
    assert.deepEqual([...snapshots], [scrapeAt(all, 0).snapshot]);
    await settled();
    assert.equal(all.finished.length, 1);
    assert.deepEqual(all.scraper.recycled, [...snapshots]);
  });

  test('is not shared by those who ask when it is over', async () => {
    const both = rig();
    const first = both.ask('cpu');
    scrapeAt(both, 0).finish();
    await first;
    const second = both.ask('cpu');
    scrapeAt(both, 1).finish();
    assert.equal(await second, scrapeAt(both, 1).snapshot);
    assert.equal(both.finished.length, 2);
  });
});

describe('a collection under way', () => {
  test('takes on what its turn has not come to yet', async () => {
    const all = rig('cpu', 'memory', 'io');
    const first = all.ask('cpu memory');
    const { snapshot, wanted, finish } = scrapeAt(all, 0);
    snapshot.reached = 1;
    const second = all.ask('cpu io');
    await settled();
    assert.equal(all.scraper.scrapes.length, 1);
    assert.deepEqual([...wanted].toSorted(), ['cpu', 'io', 'memory']);
    finish();
    assert.deepEqual(await Promise.all([first, second]), [snapshot, snapshot]);
  });

  test('does not take on what its turn is over for, nor anything else for whoever wants that too', async () => {
    const all = rig('cpu', 'memory', 'io');
    const first = all.ask('io');
    const { snapshot, wanted, finish } = scrapeAt(all, 0);
    snapshot.reached = 1;
    const others = [all.ask('memory'), all.ask('cpu io')];
    assert.deepEqual([...wanted], ['io']);
    finish();
    assert.equal(await first, snapshot);
    await settled();
    assert.deepEqual([...scrapeAt(all, 1).wanted].toSorted(), ['cpu', 'io', 'memory']);
    scrapeAt(all, 1).finish();
    await Promise.all(others);
  });
});

describe('the next collection', () => {
  test('waits for the one under way and is shared by all who want something else', async () => {
    const all = rig();
    const first = all.ask('cpu');
    const others = [all.ask('io'), all.ask('memory cpu'), all.ask('io pids')];
    await settled();
    assert.equal(all.scraper.scrapes.length, 1);
    scrapeAt(all, 0).finish();
    await first;
    await settled();
    assert.equal(all.scraper.scrapes.length, 2);
    assert.deepEqual([...scrapeAt(all, 1).wanted].toSorted(), ['cpu', 'io', 'memory', 'pids']);
    assert.notEqual(scrapeAt(all, 1).snapshot, scrapeAt(all, 0).snapshot);
    scrapeAt(all, 1).finish();
    assert.deepEqual(new Set(await Promise.all(others)), new Set([scrapeAt(all, 1).snapshot]));
  });

  test('is followed by another one, never beside it', async () => {
    const all = rig();
    const answers = [all.ask('a'), all.ask('b')];
    scrapeAt(all, 0).finish();
    await answers[0];
    await settled();
    answers.push(all.ask('c'), all.ask('b'));
    await settled();
    assert.equal(all.scraper.underWay, 1);
    assert.equal(all.scraper.scrapes.length, 2);
    scrapeAt(all, 1).finish();
    await Promise.all([answers[1], answers[3]]);
    await settled();
    assert.deepEqual([...scrapeAt(all, 2).wanted], ['c']);
    scrapeAt(all, 2).finish();
    assert.equal(await answers[2], scrapeAt(all, 2).snapshot);
    assert.equal(all.finished.length, 3);
  });

  test('begins although the one before failed, which is told as a notice', async () => {
    const both = rig();
    const [first, second] = [both.ask('a'), both.ask('b')];
    scrapeAt(both, 0).fail(new Error('no such luck'));
    const { notices } = await first;
    assert.match(notices[0]?.message ?? '', /no such luck/);
    await settled();
    scrapeAt(both, 1).finish();
    assert.deepEqual((await second).notices, []);
    assert.equal(both.finished.length, 2);
  });
});

describe('who cannot wait', () => {
  test('gets what is done by then, while the collection goes on for the others', async () => {
    const both = rig();
    const hasty = both.ask('cpu io', 1000);
    const patient = both.ask('cpu io');
    const scrape = scrapeAt(both, 0);
    scrape.read('cpu');
    mock.timers.tick(1000);
    const snapshot = await hasty;
    assert.equal(snapshot, scrape.snapshot);
    assert.deepEqual(read(snapshot), ['cpu']);
    await settled();
    assert.deepEqual([both.finished, both.scraper.recycled], [[], []]);
    scrape.read('io');
    scrape.finish();
    assert.deepEqual(read(await patient), ['cpu', 'io']);
    await settled();
    assert.deepEqual(both.scraper.recycled, [snapshot]);
  });

  test('leaves a collection that nobody waits for any more, whose snapshot comes back when it is over', async () => {
    const one = rig();
    const hasty = one.ask('cpu', 1000);
    mock.timers.tick(1000);
    await hasty;
    await settled();
    assert.deepEqual(one.scraper.recycled, []);
    scrapeAt(one, 0).finish();
    await settled();
    assert.deepEqual(one.scraper.recycled, [scrapeAt(one, 0).snapshot]);
    assert.deepEqual(one.finished, [scrapeAt(one, 0).snapshot]);
  });

  test('gets an empty snapshot if the next collection has not even begun', async () => {
    const both = rig();
    const [first, hasty] = [both.ask('a'), both.ask('b', 1000)];
    mock.timers.tick(1000);
    const snapshot = await hasty;
    assert.deepEqual(read(snapshot), []);
    assert.notEqual(snapshot, scrapeAt(both, 0).snapshot);
    scrapeAt(both, 0).finish();
    await first;
    await settled();
    for (const scrape of both.scraper.scrapes.slice(1)) scrape.finish();
    await settled();
    assert.equal(both.scraper.underWay, 0);
    assert.equal(new Set(both.scraper.recycled).size, both.scraper.recycled.length);
  });

  test('gets an answer even if the time was over before', async () => {
    const one = rig();
    const answer = one.ask('cpu', -1000);
    mock.timers.tick(1);
    assert.deepEqual(read(await answer), []);
    scrapeAt(one, 0).finish();
    await settled();
    assert.equal(one.scraper.recycled.length, 1);
  });
});

describe('the deadline of a collection', () => {
  test('is that of the most patient', async () => {
    const all = rig();
    const answers = [all.ask('cpu', LONG)];
    const scrape = scrapeAt(all, 0);
    const first = scrape.deadline.at;
    answers.push(all.ask('cpu', LONG / 2));
    assert.equal(scrape.deadline.at, first);
    answers.push(all.ask('cpu', LONG * 2));
    assert.ok(scrape.deadline.at > first + LONG / 2);
    answers.push(all.ask('io', LONG), all.ask('memory', LONG * 3), all.ask('pids', LONG));
    scrape.finish();
    await settled();
    assert.ok(scrapeAt(all, 1).deadline.at > first + LONG);
    scrapeAt(all, 1).finish();
    await Promise.all(answers);
  });
});

describe('a snapshot', () => {
  test('is not used again while somebody still works with it', async () => {
    const { scraper, collections, ask } = rig();
    const work: PromiseWithResolvers<void> = Promise.withResolvers();
    const slow = collections.use(new Set(['cpu']), performance.now() + LONG, () => work.promise);
    const quick = ask('cpu');
    scraper.scrapes[0]?.finish();
    await quick;
    await settled();
    assert.deepEqual(scraper.recycled, []);
    work.resolve();
    await slow;
    assert.equal(scraper.recycled.length, 1);
  });

  test('is used again if the work fails, which is told to whoever asked', async () => {
    const { scraper, collections } = rig();
    const failed = collections.use(new Set(['cpu']), performance.now() + LONG, () =>
      Promise.reject(new Error('hung up')),
    );
    scraper.scrapes[0]?.finish();
    await assert.rejects(failed, /hung up/);
    assert.equal(scraper.recycled.length, 1);
  });

  test('comes back once, whoever shared it and in whatever order they are done', async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const { scraper, collections } = rig();
      const works = order.map((): PromiseWithResolvers<void> => Promise.withResolvers());
      const uses = works.map(({ promise }) =>
        collections.use(new Set(['cpu']), performance.now() + LONG, () => promise),
      );
      scraper.scrapes[0]?.finish();
      await settled();
      for (const [done, position] of order.entries()) {
        assert.equal(scraper.recycled.length, 0, `after ${done}`);
        works[position]?.resolve();
        await uses[position];
      }
      assert.equal(scraper.recycled.length, 1);
    }
  });
});

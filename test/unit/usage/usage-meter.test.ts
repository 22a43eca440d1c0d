import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { DiskUsageError } from '../../../src/kernel/children/disk-usage-process.ts';
import type { RootedPath } from '../../../src/kernel/rooted-path.ts';
import { toPodRecord } from '../../../src/pods/records/pod-record.ts';
import { UsageMeter, type UsageMeterOptions } from '../../../src/usage/usage-meter.ts';
import type { UsagePod, UsageType } from '../../../src/usage/usage-cache.ts';
import { equals, until } from '../../support/until.ts';
import { fileTree } from '../kernel/file-tree.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { LogRecord } from '../../support/log-record.ts';
import { OPTIONS, podObject } from '../pods/pod-objects.ts';

/** Milliseconds between two rounds, and for which they go on without scrapes. */
const PERIOD = 60_000;
const WANTED_FOR = 300_000;

const LEFT_ALONE = 600_000;

const ABSENT = 'warn ephemeral storage cannot be measured, its series are absent';
const BROKEN = 'warn the kubelet does not tell of ephemeral storage, directories are walked through instead';

/** What the walk says of a directory: bytes, nothing for a mount point, or a failure. */
type Answer = number | undefined | DiskUsageError;

class FakeWalker {
  /** By the end of the path. */
  readonly answers = new Map<string, Answer | (() => Promise<number>)>();
  readonly asked: string[] = [];
  stops = 0;

  async measure({ root, path }: RootedPath): Promise<number | undefined> {
    const directory = join(root, path);
    this.asked.push(directory);
    const [, answer] = [...this.answers].find(([end]) => directory.endsWith(end)) ?? ['', new DiskUsageError('ENOENT')];
    if (answer instanceof DiskUsageError) throw answer;
    return typeof answer === 'function' ? answer() : answer;
  }

  stop(): void {
    this.stops++;
  }
}

/** A pod called by its name, with the container `app` and the volumes `a` and `b`. */
function pod(name: string): UsagePod {
  const volumes = ['a', 'b'].map((volume) => ({ name: volume, emptyDir: {} }));
  const record = toPodRecord(podObject(name, { spec: { volumes } }), OPTIONS);
  assert.ok(record !== undefined);
  return { uid: name, record, containers: [{ name: 'app', cgroup: `/${name}` }] };
}

interface Fixture {
  readonly measuring: UsageMeter;
  readonly walker: FakeWalker;
  readonly clock: FakeClock;
  readonly log: LogRecord;
  /** Bytes and seconds after the clock's beginning. */
  readonly bytes: (uid: string, type: UsageType, since?: number) => string | undefined;
  /** Waits for the end of a round, after which the next is due in a minute. */
  readonly roundEnds: () => Promise<void>;
}

function fixture(t: TestContext, options: Partial<UsageMeterOptions> = {}): Fixture {
  const root = fileTree(t, { 'proc/': '', 'cgroup/': '' });
  const [walker, clock, log] = [new FakeWalker(), new FakeClock(), new LogRecord()];
  const paths = {
    procfs: join(root, 'proc'),
    rootfs: join(root, 'rootfs'),
    kubelet: join(root, 'kubelet'),
    cgroups: () => join(root, 'cgroup'),
  };
  const measuring = new UsageMeter({ paths, walker, clock, log, ...options });
  t.after(() => measuring.stop());
  const start = clock.time();
  return {
    measuring,
    walker,
    clock,
    log,
    bytes: (uid, type, since) => {
      const key = { uid, type, ...(type === 'empty_dir' ? {} : { container: 'app' }) };
      const found = measuring.find(key, since === undefined ? undefined : start + since);
      return found === undefined ? undefined : `${found.bytes} at ${found.time - start}`;
    },
    roundEnds: async () => {
      await until(
        'the end of a round',
        () => clock.waits,
        (waits) => waits.includes(PERIOD),
      );
    },
  };
}

function summary(uid: string, bytes: number, time: string): unknown {
  const stats = { time, usedBytes: bytes };
  const volume = ['a', 'b'].map((name) => ({ name, ...stats }));
  return { pods: [{ podRef: { uid }, volume, containers: [{ name: 'app', rootfs: stats, logs: stats }] }] };
}

describe('the walk', () => {
  test('begins with the first scrape, and measures one directory after the other', async (t) => {
    const { measuring, walker, bytes, roundEnds } = fixture(t);
    let under = 0;
    const one = async (): Promise<number> => {
      assert.equal(++under, 1);
      await new Promise((resolve) => setImmediate(resolve));
      under--;
      return 5;
    };
    for (const end of ['/a', '/b', '/app']) walker.answers.set(end, one);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(walker.asked, []);
    measuring.updatePods([pod('x'), pod('y')]);
    assert.deepEqual(walker.asked, []);
    await roundEnds();
    assert.equal(walker.asked.length, 6);
    assert.equal(bytes('x', 'empty_dir'), '10 at 0');
    assert.equal(bytes('y', 'logs'), '5 at 0');
    assert.equal(bytes('y', 'writable_layer'), undefined);
  });

  test('measures again after a minute, and says when that was', async (t) => {
    const { measuring, walker, clock, bytes, roundEnds } = fixture(t);
    walker.answers.set('/app', 5);
    measuring.updatePods([pod('x')]);
    await roundEnds();
    walker.answers.set('/app', 7);
    clock.advance(PERIOD - 1);
    assert.equal(bytes('x', 'logs'), '5 at 0');
    clock.advance(1);
    await roundEnds();
    assert.equal(bytes('x', 'logs'), '7 at 60');
    assert.equal(bytes('x', 'logs', 60), '7 at 60');
    assert.equal(bytes('x', 'logs', 60.5), undefined);
  });

  test('ends when no scrape has asked for five minutes, and begins again with the next', async (t) => {
    const { measuring, walker, clock, roundEnds } = fixture(t);
    measuring.updatePods([pod('x')]);
    await roundEnds();
    for (let waited = PERIOD; waited < WANTED_FOR; waited += PERIOD) {
      clock.advance(PERIOD);
      await roundEnds();
    }
    const rounds = walker.asked.length;
    assert.equal(walker.stops, 0);
    clock.advance(PERIOD);
    await until('the end of the walker', () => walker.stops, equals(1));
    assert.deepEqual(clock.waits, []);
    assert.equal(walker.asked.length, rounds);
    measuring.updatePods([pod('x')]);
    await roundEnds();
    assert.ok(walker.asked.length > rounds);
  });

  test('leaves out a pod that is gone when it is its turn, and forgets what it knew of one', async (t) => {
    const { measuring, walker, clock, bytes, roundEnds } = fixture(t);
    walker.answers.set('x/app', 5);
    walker.answers.set('y/app', 6);
    const ends = { x: pod('x'), y: pod('y') };
    measuring.updatePods([ends.x, ends.y]);
    await roundEnds();
    assert.equal(bytes('y', 'logs'), '6 at 0');
    const before = walker.asked.length;
    walker.answers.set('x/app', () => {
      measuring.updatePods([ends.x]);
      return Promise.resolve(5);
    });
    clock.advance(PERIOD);
    await roundEnds();
    assert.ok(walker.asked.slice(before).every((directory) => !/_y\/|pods\/y\//.test(directory)));
    assert.equal(bytes('y', 'logs'), undefined);
    assert.equal(bytes('x', 'logs'), '5 at 60');
  });

  test('adds up volumes on disk, and leaves out those that are mount points', async (t) => {
    const { measuring, walker, bytes, roundEnds } = fixture(t);
    walker.answers.set('/a', 5);
    walker.answers.set('/b', undefined);
    measuring.updatePods([pod('x')]);
    await roundEnds();
    assert.equal(bytes('x', 'empty_dir'), '5 at 0');
  });

  test('has no sum if one of the volumes cannot be measured, and takes an old one back', async (t) => {
    const { measuring, walker, clock, log, bytes, roundEnds } = fixture(t);
    for (const end of ['/a', '/b', '/app']) walker.answers.set(end, 5);
    measuring.updatePods([pod('x')]);
    await roundEnds();
    assert.equal(bytes('x', 'empty_dir'), '10 at 0');
    walker.answers.set('/b', new DiskUsageError('EACCES'));
    for (let round = 0; round < 3; round++) {
      clock.advance(PERIOD);
      await roundEnds();
      assert.equal(bytes('x', 'empty_dir'), undefined);
      assert.equal(bytes('x', 'logs'), `5 at ${(round + 1) * 60}`);
    }
    const said = log.lines.filter((line) => line.includes('EACCES'));
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /"type":"empty_dir","cause":"EACCES","path":"[^"]*\/kubernetes.io~empty-dir\/b"/);
  });

  test('says nothing of directories that are gone, unless all are', async (t) => {
    const { measuring, walker, clock, log, roundEnds } = fixture(t);
    walker.answers.set('x/app', 5);
    for (const volume of ['/a', '/b']) walker.answers.set(volume, 1);
    const [x, y] = [pod('x'), pod('y')];
    measuring.updatePods([x, y]);
    await roundEnds();
    const said = (): readonly string[] => log.matching(ABSENT).filter((line) => line.includes('"type":"logs"'));
    assert.deepEqual(said(), []);
    walker.answers.delete('x/app');
    clock.advance(PERIOD);
    await roundEnds();
    assert.equal(said().length, 1);
    assert.match(said()[0] ?? '', /"cause":"ENOENT"/);
  });

  test('leaves a directory alone in which it hung, until it is free and ten minutes are over', async (t) => {
    const { measuring, walker, clock, bytes, roundEnds } = fixture(t);
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    walker.answers.set('/a', new DiskUsageError('ETIMEDOUT', released));
    walker.answers.set('/app', 5);
    const asked = (): number => walker.asked.filter((directory) => directory.endsWith('/a')).length;
    const rounds = async (count: number): Promise<void> => {
      for (let round = 0; round < count; round++) {
        measuring.updatePods([pod('x')]);
        clock.advance(PERIOD);
        await roundEnds();
      }
    };
    measuring.updatePods([pod('x')]);
    await roundEnds();
    await rounds(20);
    assert.equal(asked(), 1);
    assert.equal(bytes('x', 'logs'), '5 at 1200');
    release(undefined);
    await until(
      'the beginning of ten minutes',
      () => clock.waits,
      (waits) => waits.includes(LEFT_ALONE),
    );
    // So that its rest is never as long as a wait for a round.
    clock.advance(1);
    await rounds(9);
    assert.equal(asked(), 1);
    await rounds(1);
    assert.equal(asked(), 2);
  });

  test('gives a round up in which its process was lost three times, and begins another', async (t) => {
    const { measuring, walker, clock, roundEnds } = fixture(t);
    for (const end of ['/a', '/app']) walker.answers.set(end, new DiskUsageError('ECHILD'));
    measuring.updatePods(['u', 'v', 'w', 'x'].map(pod));
    await roundEnds();
    assert.equal(walker.asked.length, 3);
    clock.advance(PERIOD);
    await roundEnds();
    assert.equal(walker.asked.length, 6);
  });

  test('ends at once when it is told to, whatever is under way', async (t) => {
    const { measuring, walker, log } = fixture(t);
    const { promise, reject } = Promise.withResolvers<number>();
    walker.answers.set('/a', () => promise);
    walker.stop = () => reject(new DiskUsageError('ECHILD'));
    measuring.updatePods([pod('x'), pod('y')]);
    await until('a walk', () => walker.asked.length, equals(1));
    await measuring.stop();
    assert.equal(walker.asked.length, 1);
    assert.deepEqual(log.lines, []);
  });
});

describe('the kubelet', () => {
  const TIME = '2027-01-15T08:00:00Z';

  test('is asked rather than walking', async (t) => {
    const { measuring, walker, log, bytes, roundEnds } = fixture(t, {
      summary: () => Promise.resolve(summary('x', 9, TIME)),
    });
    measuring.updatePods([pod('x')]);
    await roundEnds();
    assert.deepEqual(walker.asked, []);
    const at = Date.parse(TIME) / 1000 - 1_800_000_000;
    assert.equal(bytes('x', 'empty_dir'), `18 at ${at}`);
    assert.equal(bytes('x', 'logs'), `9 at ${at}`);
    assert.equal(bytes('x', 'writable_layer'), `9 at ${at}`);
    assert.deepEqual(log.lines, []);
  });

  test('is asked again in each round in which it does not tell, and directories are walked through instead', async (t) => {
    let fails = true;
    const { measuring, walker, clock, log, roundEnds } = fixture(t, {
      summary: () => (fails ? Promise.reject(new Error('secret')) : Promise.resolve(summary('x', 9, TIME))),
    });
    for (const end of ['/a', '/b', '/app']) walker.answers.set(end, 5);
    measuring.updatePods([pod('x')]);
    await roundEnds();
    clock.advance(PERIOD);
    await roundEnds();
    assert.equal(walker.asked.length, 6);
    assert.equal(log.matching(BROKEN).length, 1);
    assert.doesNotMatch(log.lines.join('\n'), /secret/);
    fails = false;
    clock.advance(PERIOD);
    await roundEnds();
    assert.equal(walker.asked.length, 6);
    assert.equal(walker.stops, 1);
    assert.equal(log.lines.at(-1), 'info the kubelet tells of ephemeral storage again');
  });

  test('that never answers is not waited for at the end', async (t) => {
    const { measuring, walker, log } = fixture(t, {
      summary: (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('end')))),
    });
    measuring.updatePods([pod('x')]);
    await new Promise((resolve) => setImmediate(resolve));
    await measuring.stop();
    assert.deepEqual(walker.asked, []);
    assert.deepEqual(log.lines, []);
  });
});

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

/** Interval of the rounds, and how long they continue after the last scrape. */
const PERIOD = 60_000;
const WANTED_FOR = 300_000;

const LEFT_ALONE = 600_000;

const MEASURING_FAILED = 'warn cannot measure ephemeral storage, omitting its series';
const SUMMARY_FAILED = 'warn cannot get ephemeral storage usage from the kubelet, walking directories instead';

/** Result of a walk: bytes, `undefined` for a mount point, or a failure. */
type WalkResult = number | undefined | DiskUsageError;

class FakeWalker {
  /** By path suffix. */
  readonly results = new Map<string, WalkResult | (() => Promise<number>)>();
  readonly directories: string[] = [];
  stops = 0;

  async measure({ root, path }: RootedPath): Promise<number | undefined> {
    const directory = join(root, path);
    this.directories.push(directory);
    const [, result] = [...this.results].find(([end]) => directory.endsWith(end)) ?? ['', new DiskUsageError('ENOENT')];
    if (result instanceof DiskUsageError) throw result;
    return typeof result === 'function' ? result() : result;
  }

  stop(): void {
    this.stops++;
  }
}

/** Returns a pod with the container `app` and the volumes `a` and `b`. */
function pod(name: string): UsagePod {
  const volumes = ['a', 'b'].map((volume) => ({ name: volume, emptyDir: {} }));
  const record = toPodRecord(podObject(name, { spec: { volumes } }), OPTIONS);
  assert.ok(record !== undefined);
  return { uid: name, record, containers: [{ name: 'app', cgroup: `/${name}` }] };
}

interface Fixture {
  readonly meter: UsageMeter;
  readonly walker: FakeWalker;
  readonly clock: FakeClock;
  readonly log: LogRecord;
  /** Bytes and seconds since the start of the clock. */
  readonly bytes: (uid: string, type: UsageType, since?: number) => string | undefined;
  /** Waits for the end of a round. */
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
  const meter = new UsageMeter({ paths, walker, clock, log, ...options });
  t.after(() => meter.stop());
  const start = clock.time();
  return {
    meter,
    walker,
    clock,
    log,
    bytes: (uid, type, since) => {
      const key = { uid, type, ...(type === 'empty_dir' ? {} : { container: 'app' }) };
      const found = meter.find(key, since === undefined ? undefined : start + since);
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

describe('walking', () => {
  test('starts with the first scrape and measures directories sequentially', async (t) => {
    const { meter, walker, bytes, roundEnds } = fixture(t);
    let under = 0;
    const one = async (): Promise<number> => {
      assert.equal(++under, 1);
      await new Promise((resolve) => setImmediate(resolve));
      under--;
      return 5;
    };
    for (const end of ['/a', '/b', '/app']) walker.results.set(end, one);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(walker.directories, []);
    meter.updatePods([pod('x'), pod('y')]);
    assert.deepEqual(walker.directories, []);
    await roundEnds();
    assert.equal(walker.directories.length, 6);
    assert.equal(bytes('x', 'empty_dir'), '10 at 0');
    assert.equal(bytes('y', 'logs'), '5 at 0');
    assert.equal(bytes('y', 'writable_layer'), undefined);
  });

  test('measures again after a minute, with a new time', async (t) => {
    const { meter, walker, clock, bytes, roundEnds } = fixture(t);
    walker.results.set('/app', 5);
    meter.updatePods([pod('x')]);
    await roundEnds();
    walker.results.set('/app', 7);
    clock.advance(PERIOD - 1);
    assert.equal(bytes('x', 'logs'), '5 at 0');
    clock.advance(1);
    await roundEnds();
    assert.equal(bytes('x', 'logs'), '7 at 60');
    assert.equal(bytes('x', 'logs', 60), '7 at 60');
    assert.equal(bytes('x', 'logs', 60.5), undefined);
  });

  test('stops five minutes after the last scrape and restarts with the next', async (t) => {
    const { meter, walker, clock, roundEnds } = fixture(t);
    meter.updatePods([pod('x')]);
    await roundEnds();
    for (let waited = PERIOD; waited < WANTED_FOR; waited += PERIOD) {
      clock.advance(PERIOD);
      await roundEnds();
    }
    const rounds = walker.directories.length;
    assert.equal(walker.stops, 0);
    clock.advance(PERIOD);
    await until('the end of the walker', () => walker.stops, equals(1));
    assert.deepEqual(clock.waits, []);
    assert.equal(walker.directories.length, rounds);
    meter.updatePods([pod('x')]);
    await roundEnds();
    assert.ok(walker.directories.length > rounds);
  });

  test('skips a pod that has disappeared and drops its measurements', async (t) => {
    const { meter, walker, clock, bytes, roundEnds } = fixture(t);
    walker.results.set('x/app', 5);
    walker.results.set('y/app', 6);
    const ends = { x: pod('x'), y: pod('y') };
    meter.updatePods([ends.x, ends.y]);
    await roundEnds();
    assert.equal(bytes('y', 'logs'), '6 at 0');
    const before = walker.directories.length;
    walker.results.set('x/app', () => {
      meter.updatePods([ends.x]);
      return Promise.resolve(5);
    });
    clock.advance(PERIOD);
    await roundEnds();
    assert.ok(walker.directories.slice(before).every((directory) => !/_y\/|pods\/y\//.test(directory)));
    assert.equal(bytes('y', 'logs'), undefined);
    assert.equal(bytes('x', 'logs'), '5 at 60');
  });

  test('sums volumes on disk, mount points excluded', async (t) => {
    const { meter, walker, bytes, roundEnds } = fixture(t);
    walker.results.set('/a', 5);
    walker.results.set('/b', undefined);
    meter.updatePods([pod('x')]);
    await roundEnds();
    assert.equal(bytes('x', 'empty_dir'), '5 at 0');
  });

  test('drops the sum if one of the volumes cannot be measured', async (t) => {
    const { meter, walker, clock, log, bytes, roundEnds } = fixture(t);
    for (const end of ['/a', '/b', '/app']) walker.results.set(end, 5);
    meter.updatePods([pod('x')]);
    await roundEnds();
    assert.equal(bytes('x', 'empty_dir'), '10 at 0');
    walker.results.set('/b', new DiskUsageError('EACCES'));
    for (let round = 0; round < 3; round++) {
      clock.advance(PERIOD);
      await roundEnds();
      assert.equal(bytes('x', 'empty_dir'), undefined);
      assert.equal(bytes('x', 'logs'), `5 at ${(round + 1) * 60}`);
    }
    const logged = log.lines.filter((line) => line.includes('EACCES'));
    assert.equal(logged.length, 1);
    assert.match(logged[0] ?? '', /"type":"empty_dir","cause":"EACCES","path":"[^"]*\/kubernetes.io~empty-dir\/b"/);
  });

  test('logs missing directories only if all are missing', async (t) => {
    const { meter, walker, clock, log, roundEnds } = fixture(t);
    walker.results.set('x/app', 5);
    for (const volume of ['/a', '/b']) walker.results.set(volume, 1);
    const [x, y] = [pod('x'), pod('y')];
    meter.updatePods([x, y]);
    await roundEnds();
    const logged = (): readonly string[] =>
      log.matching(MEASURING_FAILED).filter((line) => line.includes('"type":"logs"'));
    assert.deepEqual(logged(), []);
    walker.results.delete('x/app');
    clock.advance(PERIOD);
    await roundEnds();
    assert.equal(logged().length, 1);
    assert.match(logged()[0] ?? '', /"cause":"ENOENT"/);
  });

  test('retries a directory in which it hung ten minutes after the child process has exited', async (t) => {
    const { meter, walker, clock, bytes, roundEnds } = fixture(t);
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    walker.results.set('/a', new DiskUsageError('ETIMEDOUT', released));
    walker.results.set('/app', 5);
    const walks = (): number => walker.directories.filter((directory) => directory.endsWith('/a')).length;
    const rounds = async (count: number): Promise<void> => {
      for (let round = 0; round < count; round++) {
        meter.updatePods([pod('x')]);
        clock.advance(PERIOD);
        await roundEnds();
      }
    };
    meter.updatePods([pod('x')]);
    await roundEnds();
    await rounds(20);
    assert.equal(walks(), 1);
    assert.equal(bytes('x', 'logs'), '5 at 1200');
    release(undefined);
    await until(
      'the beginning of ten minutes',
      () => clock.waits,
      (waits) => waits.includes(LEFT_ALONE),
    );
    // The remaining time never equals the round interval.
    clock.advance(1);
    await rounds(9);
    assert.equal(walks(), 1);
    await rounds(1);
    assert.equal(walks(), 2);
  });

  test('ends a round after three lost child processes and starts the next', async (t) => {
    const { meter, walker, clock, roundEnds } = fixture(t);
    for (const end of ['/a', '/app']) walker.results.set(end, new DiskUsageError('ECHILD'));
    meter.updatePods(['u', 'v', 'w', 'x'].map(pod));
    await roundEnds();
    assert.equal(walker.directories.length, 3);
    clock.advance(PERIOD);
    await roundEnds();
    assert.equal(walker.directories.length, 6);
  });

  test('stop() ends a walk in flight', async (t) => {
    const { meter, walker, log } = fixture(t);
    const { promise, reject } = Promise.withResolvers<number>();
    walker.results.set('/a', () => promise);
    walker.stop = () => reject(new DiskUsageError('ECHILD'));
    meter.updatePods([pod('x'), pod('y')]);
    await until('a walk', () => walker.directories.length, equals(1));
    await meter.stop();
    assert.equal(walker.directories.length, 1);
    assert.deepEqual(log.lines, []);
  });
});

describe('the kubelet', () => {
  const TIME = '2027-01-15T08:00:00Z';

  test('provides the usage without walking', async (t) => {
    const { meter, walker, log, bytes, roundEnds } = fixture(t, {
      summary: () => Promise.resolve(summary('x', 9, TIME)),
    });
    meter.updatePods([pod('x')]);
    await roundEnds();
    assert.deepEqual(walker.directories, []);
    const at = Date.parse(TIME) / 1000 - 1_800_000_000;
    assert.equal(bytes('x', 'empty_dir'), `18 at ${at}`);
    assert.equal(bytes('x', 'logs'), `9 at ${at}`);
    assert.equal(bytes('x', 'writable_layer'), `9 at ${at}`);
    assert.deepEqual(log.lines, []);
  });

  test('is retried in each round, with walking as fallback', async (t) => {
    let fails = true;
    const { meter, walker, clock, log, roundEnds } = fixture(t, {
      summary: () => (fails ? Promise.reject(new Error('secret')) : Promise.resolve(summary('x', 9, TIME))),
    });
    for (const end of ['/a', '/b', '/app']) walker.results.set(end, 5);
    meter.updatePods([pod('x')]);
    await roundEnds();
    clock.advance(PERIOD);
    await roundEnds();
    assert.equal(walker.directories.length, 6);
    assert.equal(log.matching(SUMMARY_FAILED).length, 1);
    assert.doesNotMatch(log.lines.join('\n'), /secret/);
    fails = false;
    clock.advance(PERIOD);
    await roundEnds();
    assert.equal(walker.directories.length, 6);
    assert.equal(walker.stops, 1);
    assert.equal(log.lines.at(-1), 'info resumed getting ephemeral storage usage from the kubelet');
  });

  test('without response does not delay stop()', async (t) => {
    const { meter, walker, log } = fixture(t, {
      summary: (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('end')))),
    });
    meter.updatePods([pod('x')]);
    await new Promise((resolve) => setImmediate(resolve));
    await meter.stop();
    assert.deepEqual(walker.directories, []);
    assert.deepEqual(log.lines, []);
  });
});

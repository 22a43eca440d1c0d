import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, statfsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { StatfsGuard, type MountedFileSystem } from '../../src/kernel/children/statfs-guard.ts';
import { toFileSystemSpace } from '../../src/kernel/children/statfs.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { HungMount, whyNoHungMount } from '../support/hung-mount.ts';
import { equals, until } from '../support/until.ts';

const TIMEOUT_MS = 500;

test('a type that may hang is asked by the child, and its answer is the same', async (t) => {
  const guard = new StatfsGuard(TIMEOUT_MS, new FakeClock());
  t.after(() => guard.close());
  const answers = await guard.statAll([
    { path: '/proc', type: 'nfs4' },
    { path: '/nowhere', type: 'nfs4' },
    { path: '/nowhere', type: 'fuse.x' },
  ]);
  assert.deepEqual(answers.get('/proc'), toFileSystemSpace(statfsSync('/proc')));
  assert.deepEqual(answers.get('/nowhere'), { code: 'ENOENT' });
  assert.equal(guard.stuck, 0);
});

test('sizes are counted in fragments, where these differ from blocks', () => {
  const stats = { type: 0, bsize: 1_048_576, frsize: 4096, blocks: 10, bfree: 5, bavail: 4, files: 3, ffree: 2 };
  assert.deepEqual(toFileSystemSpace(stats), { size: 40_960, free: 20_480, available: 16_384, files: 3, filesFree: 2 });
  assert.equal(toFileSystemSpace({ ...stats, frsize: 0 }).size, 10 * 1_048_576);
});

test(
  'a child that is full of stuck calls is replaced, and what was stuck is asked again later',
  {
    skip: whyNoHungMount() ?? false,
  },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-guard-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const points = Array.from({ length: 17 }, (_, at) => join(folder, String(at)));
    for (const point of points) mkdirSync(point);
    const hung = await Promise.all(points.map((point) => HungMount.at(point)));
    const clock = new FakeClock();
    const guard = new StatfsGuard(TIMEOUT_MS, clock);
    /** Asks these, and lets the timeout expire. */
    const timedOut = (asked: readonly MountedFileSystem[]): ReturnType<StatfsGuard['statAll']> => {
      const answers = guard.statAll(asked);
      clock.advance(TIMEOUT_MS);
      return answers;
    };
    t.after(() => guard.close());
    const places = points.map((path) => ({ path, type: 'fuse' }));
    try {
      const first = await timedOut(places);
      assert.deepEqual(new Set(first.values()), new Set(['stuck']));
      assert.equal(guard.stuck, 17);
      // Others are asked as if nothing were.
      assert.deepEqual(
        (await guard.statAll([{ path: '/proc', type: 'nfs4' }, ...places])).get('/proc'),
        toFileSystemSpace(statfsSync('/proc')),
      );
      assert.equal(guard.stuck, 17);
    } finally {
      await Promise.all(hung.map((mount) => mount.remove()));
    }
    clock.advance(59_999);
    assert.equal(guard.stuck, 17);
    assert.deepEqual(new Set((await guard.statAll(places)).values()), new Set(['stuck']));
    clock.advance(1);
    await guard.statAll(places);
    await until('the end of all statfs calls', () => guard.stuck, equals(0));
    for (const answer of (await guard.statAll(places)).values())
      assert.deepEqual(Object.keys(answer), Object.keys(toFileSystemSpace(statfsSync('/'))));
    // What is unmounted while it hangs is asked by nobody any more.
    const again = await HungMount.at(points[0] ?? '');
    await timedOut(places.slice(0, 1));
    assert.equal(guard.stuck, 1);
    clock.advance(59_999);
    assert.equal(guard.stuck, 1);
    clock.advance(1);
    assert.equal(guard.stuck, 0);
    await again.remove();
  },
);

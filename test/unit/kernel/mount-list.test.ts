import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { Yielder } from '../../../src/base/yielder.ts';
import { MountList } from '../../../src/kernel/mount-list.ts';
import type { Mount } from '../../../src/kernel/mountinfo.ts';
import { fileTree } from './file-tree.ts';

function lines(count: number, device = '8:1'): string {
  return Array.from({ length: count }, (_, index) => `${index} 1 ${device} / /mnt/${index} rw - ext4 /dev/x rw\n`).join(
    '',
  );
}

/** Counts turns of the event loop, of which it wants one at every opportunity. */
class Eager implements Yielder {
  readonly shouldYield = true;
  turns = 0;

  yield(): Promise<void> {
    this.turns++;
    return Promise.resolve();
  }
}

class TestList {
  readonly list: MountList;
  readonly #path: string;

  constructor(t: TestContext, content: string) {
    this.#path = join(fileTree(t, { mountinfo: content }), 'mountinfo');
    this.list = new MountList(this.#path);
  }

  write(content: string): void {
    writeFileSync(this.#path, content);
  }

  read(similar?: TestList): Promise<readonly Mount[]> {
    return this.list.read(new Eager(), similar?.list);
  }
}

function points(mounts: readonly Mount[]): readonly string[] {
  return mounts.map(({ mountPoint, device }) => `${mountPoint} ${device}`);
}

describe('a list of mounts', () => {
  test('is the same array as long as the file is the same', async (t) => {
    const list = new TestList(t, lines(5000));
    const first = await list.read();
    assert.equal(first.length, 5000);
    assert.equal(await list.read(), first);
  });

  for (const [what, changed] of [
    ['has another line', lines(4000) + lines(1, '8:7') + lines(999)],
    ['is longer', lines(5001)],
    ['is shorter', lines(4999)],
    ['is empty', ''],
  ] as const) {
    test(`that ${what} is reread`, async (t) => {
      const list = new TestList(t, lines(5000));
      await list.read();
      list.write(changed);
      assert.deepEqual(points(await list.read()), points(await new TestList(t, changed).read()));
      list.write(lines(5000));
      assert.equal((await list.read()).length, 5000);
    });
  }

  test('that equals another is the array of the other', async (t) => {
    const [node, own] = [new TestList(t, lines(3000)), new TestList(t, lines(3000))];
    const mounts = await node.read();
    assert.equal(await own.read(node), mounts);
    own.write(lines(2999));
    assert.equal((await own.read(node)).length, 2999);
    own.write(lines(3000));
    assert.equal(await own.read(node), mounts);
  });

  test('gives the event loop a turn while it is read and parsed', async (t) => {
    const path = join(fileTree(t, { mountinfo: lines(5000) }), 'mountinfo');
    const yielder = new Eager();
    await new MountList(path).read(yielder);
    assert.ok(yielder.turns > 5000, String(yielder.turns));
  });

  test('skips invalid lines, and needs no newline at the end', async (t) => {
    const list = new TestList(t, `${lines(1)}nothing\n\n7 1 8:2 / /last rw - ext4 /dev/y rw`);
    assert.deepEqual(points(await list.read()), ['/mnt/0 8:1', '/last 8:2']);
  });

  test('is an error if the file does not exist', async (t) => {
    const list = new MountList(join(fileTree(t, { x: '' }), 'mountinfo'));
    await assert.rejects(list.read(new Eager()), { code: 'ENOENT' });
  });
});

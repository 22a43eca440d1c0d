import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { ProcessNumbers } from '../../../src/collect/process-numbers.ts';
import { FileReader } from '../../../src/kernel/file-reader.ts';
import { fileTree, type Files } from '../kernel/file-tree.ts';

function numbersOf(t: TestContext, files: Files): ProcessNumbers {
  const root = fileTree(t, files);
  const reader = new FileReader({ maxCachedDescriptors: 0 });
  t.after(() => reader.close());
  return new ProcessNumbers({
    procfs: join(root, 'proc'),
    pathOf: (_, cgroup, file) => `${root}${cgroup}/${file}`,
    reader,
  });
}

describe('the processes of a cgroup', () => {
  const CRUN: Files = {
    'a/cgroup.procs': '',
    'a/container/cgroup.procs': '1\n2\n',
    'a/container/init.scope/cgroup.procs': '3\n',
  };

  test('are also those of the cgroups that crun and systemd make below a container', (t) => {
    assert.deepEqual(numbersOf(t, CRUN).list('/a', { isContainer: true }), [1, 2, 3]);
  });

  test('are those of the cgroup itself if it is not that of a container', (t) => {
    const files = { ...CRUN, 'a/cgroup.procs': '9\n' };
    assert.deepEqual(numbersOf(t, files).list('/a', { isContainer: false }), [9]);
  });

  test('are none if one is in another PID namespace, wherever it is', (t) => {
    const files = { ...CRUN, 'a/container/init.scope/cgroup.procs': '0\n' };
    assert.deepEqual(numbersOf(t, files).list('/a', { isContainer: true }), []);
  });

  test('are none with more cgroups than are read', (t) => {
    const many = Array.from({ length: 501 }, (_, each) => [`a/${each}/cgroup.procs`, '1\n']);
    assert.deepEqual(numbersOf(t, Object.fromEntries(many) as Files).list('/a', { isContainer: true }), []);
  });

  test('are none if the cgroup is gone', (t) => {
    assert.deepEqual(numbersOf(t, {}).list('/a', { isContainer: true }), []);
  });
});

import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import type { Hierarchies } from '../../../src/kernel/hierarchies.ts';
import { findMissingControllers } from '../../../src/kernel/missing-controllers.ts';
import { fileTree } from './file-tree.ts';

const CGROUPS = '#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t0\t9\t1\nmemory\t0\t9\t0\nblkio\t0\t9\t1\n';

function v1(...names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [name, `/${name}`]));
}

/** Controllers that are missing, with the cause. */
function missing(t: TestContext, hierarchies: Hierarchies): Readonly<Record<string, string>> {
  const found = findMissingControllers(hierarchies, fileTree(t, { cgroups: CGROUPS }));
  return Object.fromEntries(found.map(({ controller, cause }) => [controller, cause]));
}

describe('controllers that no hierarchy has', () => {
  const ALL = ['cpu', 'memory', 'blkio', 'pids'];

  test('are none where every one has a hierarchy, whichever', (t) => {
    assert.deepEqual(missing(t, { mode: 'v1', controllers: v1(...ALL) }), {});
    const unifiedControllers = new Set(['cpu', 'memory', 'io', 'pids']);
    assert.deepEqual(missing(t, { mode: 'v2', controllers: new Map(), unified: '/', unifiedControllers }), {});
    const split = { unified: '/', unifiedControllers: new Set(['io', 'pids']) };
    assert.deepEqual(missing(t, { mode: 'hybrid', controllers: v1('cpu', 'memory'), ...split }), {});
  });

  test('are reported by their names in v2, with the cause', (t) => {
    const unifiedControllers = new Set(['io']);
    assert.deepEqual(missing(t, { mode: 'v2', controllers: new Map(), unified: '/', unifiedControllers }), {
      cpu: 'no visible mount has it',
      memory: 'disabled on the kernel command line',
      pids: 'not in the kernel',
    });
    assert.deepEqual(missing(t, { mode: 'v1', controllers: v1('cpu', 'memory', 'pids') }), {
      io: 'no visible mount has it',
    });
  });

  test('are unknown if the v2 mount does not list its own', (t) => {
    assert.deepEqual(missing(t, { mode: 'v2', controllers: new Map(), unified: '/' }), {});
    assert.deepEqual(missing(t, { mode: 'none', controllers: new Map() }), {});
  });

  test('have an unknown cause without /proc/cgroups', (t) => {
    const [first] = findMissingControllers({ mode: 'v1', controllers: v1('memory', 'pids', 'blkio') }, fileTree(t));
    assert.deepEqual([first?.controller, first?.cause], ['cpu', 'not in the kernel']);
  });
});

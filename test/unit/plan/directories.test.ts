import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { collectors } from '../../../src/metrics/index.ts';
import { compilePlan, type KernelTraits } from '../../../src/plan/compile-plan.ts';
import { LEVELS } from '../../../src/metrics/row.ts';

/** The directories of a container's files, by the controllers that have files in them. */
function directories(kernel: KernelTraits): Readonly<Record<string, number>> {
  const files = compilePlan(collectors, kernel).collectors.flatMap(({ readings }) => readings.container.files);
  return Object.fromEntries(files.map(({ controller, directory }) => [controller, directory]));
}

describe('the directory of a file', () => {
  test('is one for all files of a cgroup on cgroup v2', () => {
    assert.deepEqual(new Set(Object.values(directories({ version: 'v2', pageSizes: [] }))), new Set([0]));
  });

  test('is one per hierarchy on cgroup v1, and one for controllers that are mounted together', () => {
    const apart = directories({ version: 'v1', pageSizes: [] });
    assert.equal(new Set(Object.values(apart)).size, Object.keys(apart).length);
    const hierarchyOf = (controller: string): string => (controller.startsWith('cpu') ? 'cpu,cpuacct' : controller);
    const together = directories({ version: 'v1', pageSizes: [], hierarchyOf });
    assert.equal(together['cpu'], together['cpuacct']);
    assert.notEqual(together['cpu'], together['memory']);
  });

  test('is not kept open outside of cgroups', () => {
    for (const { readings } of compilePlan(collectors, { version: 'v1', pageSizes: [] }).collectors) {
      for (const level of ['network', 'netns', 'machine'] as const) {
        for (const { names, directory } of readings[level].files) assert.equal(directory, -1, names[0]);
      }
      for (const level of LEVELS.filter((each) => each !== 'netns')) {
        for (const { names, directory, controller } of readings[level].files) {
          assert.equal(directory >= 0, controller !== '', names[0]);
        }
      }
    }
  });
});

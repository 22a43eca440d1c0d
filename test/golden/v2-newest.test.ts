import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { KERNEL_FILES } from '../../src/kernel/file-table.ts';
import { collectors } from '../../src/metrics/index.ts';
import { compilePlan } from '../../src/plan/compile-plan.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { parseExposition } from '../support/exposition.ts';
import { goldenNode } from '../support/recorded-node.ts';

/** The hand-written node has every key of the newest kernels once, each with a number of its own. */

const node = goldenNode('v2-newest');
const text = readFileSync(node.expected, 'utf8');
const samples = parseExposition(text);

/** Needs a system call on a path of the node, or is measured between scrapes. */
const NOT_IN_FILES = /^machine_filesystem_|^pod_volume_(?!info$)|_ephemeral_storage_/;

/** What exists and how often it did what the node has not done. */
const CONSTANT = /_info$|^pod_(?:labels|annotations)$|^container_terminated_oom_total$/;

/** The families of files; without those of containers outside of pods, which are read from the same files as those of pods. */
function fileFamilies(pageSizes: readonly string[]): Plan['families'] {
  const { families } = compilePlan(collectors, { version: 'v2', pageSizes });
  return families.filter(({ level }) => level !== 'netns');
}

function familiesOfV2(): readonly string[] {
  const { facts, tables } = compilePlan(collectors, { version: 'v2', pageSizes: ['2MB'] });
  return [...fileFamilies(['2MB']).map(({ name }) => name), ...[...facts, ...tables].map(({ row }) => row.name)];
}

describe('v2-newest', () => {
  test('has a sample of every family that a kernel with cgroup v2 can have', () => {
    const exported = new Set(samples.map(({ name }) => name));
    const missing = familiesOfV2().filter((name) => !exported.has(name) && !NOT_IN_FILES.test(name));
    assert.deepEqual(missing, []);
  });

  test('has a sample of every series with constant labels', () => {
    for (const { name, by = [], series } of fileFamilies(['2MB', '1GB'])) {
      for (const { labels } of series) {
        const found = samples.some(
          (sample) => sample.name === name && labels.every((value, index) => sample.labels[by[index] ?? ''] === value),
        );
        assert.ok(found || NOT_IN_FILES.test(name), `${name} ${labels.join()}`);
      }
    }
  });

  test('has no two samples with the same number', () => {
    const numbers = samples.filter(({ name }) => !CONSTANT.test(name)).map(({ value }) => value);
    assert.deepEqual(
      numbers.filter((value, index) => numbers.indexOf(value) !== index),
      [],
    );
  });

  test('has every file of the table that cgroup v2 has', () => {
    const files = new Set(globSync('node/**', { cwd: node.folder }).map((path) => path.slice('node/'.length)));
    const v1 = /^(?:cpuacct|blkio)\.|_in_bytes$|^memory\.(?:failcnt|oom_control)$|^cpu\.(?:cfs_|shares$)/;
    const names = [...KERNEL_FILES.keys()].filter((name) => !v1.test(name)).map((name) => name.replace('*', '2MB'));
    const missing = names.filter((name) => ![...files].some((file) => file.endsWith(`/${name}`)));
    assert.deepEqual(missing, []);
  });
});

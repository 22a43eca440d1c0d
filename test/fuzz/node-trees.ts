import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

import { NodeScraper } from '../support/node-scraper.ts';
import { copyRecorded, type RecordedCopy } from '../support/recorded-copy.ts';
import { goldenNode } from '../support/recorded-node.ts';
import { promtool, whyNoPromtool } from '../support/promtool.ts';
import type { Random } from '../support/seeded-random.ts';
import { strictExposition } from '../support/strict-exposition.ts';
import { type FuzzCase, fuzzCase, type Fuzzer, type OpenFuzzer } from './fuzzer.ts';
import { damaged, mutate, tokensOf } from './mutations.ts';
import { type Damage, isFileName, TreeDamage } from './tree-damage.ts';

const NODES = ['v2-newest', 'v1-cgroupfs'];

const MAX_DAMAGES = 12;

/** A copy of a recorded node. */
interface Tree {
  readonly name: string;
  readonly copy: RecordedCopy;
  /** Where it is below the root of the copy: files, and directories of cgroups. */
  readonly files: readonly string[];
  readonly cgroups: readonly string[];
  readonly damage: TreeDamage;
}

/**
 * Scrapes of recorded nodes whose files and cgroups are damaged: no exception, and an exposition that is valid and has
 * finite numbers only.
 */
export const nodeTrees: Fuzzer = {
  name: 'node-trees',
  async open(): Promise<OpenFuzzer> {
    const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-fuzz-'));
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const trees = await Promise.all(NODES.map((name) => openTree(name, fifo)));
    let last = Buffer.alloc(0);
    return {
      makeCase(random) {
        const tree = random.pick(trees);
        return treeCase(tree, random, (text) => (last = Buffer.from(text)));
      },
      finish: () => assertValidForProm(last),
      close() {
        for (const { copy } of trees) copy.remove();
        rmSync(folder, { recursive: true });
      },
    };
  },
};

async function openTree(name: string, fifo: string): Promise<Tree> {
  const node = goldenNode(name);
  const copy = await copyRecorded(node);
  const root = dirname(copy.procfs);
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const paths = (keep: (entry: (typeof entries)[number]) => boolean): readonly string[] =>
    entries.filter(keep).map((entry) => relative(root, join(entry.parentPath, entry.name)));
  return {
    name,
    copy,
    files: paths((entry) => entry.isFile()),
    cgroups: paths((entry) => entry.isDirectory() && entry.parentPath.startsWith(copy.cgroup)),
    damage: new TreeDamage({ root, original: join(node.folder, 'node'), fifo }),
  };
}

function treeCase(tree: Tree, random: Random, written: (text: Buffer) => void): FuzzCase {
  const damages = Array.from({ length: 1 + random.below(MAX_DAMAGES) }, () => damageOf(tree, random));
  return fuzzCase(tree.name, damages, async (kept) => {
    const { cgroup, procfs, index } = tree.copy;
    const root = dirname(procfs);
    const scraper = new NodeScraper({ cgroup, procfs, sysfs: join(root, 'sys'), rootfs: root, index });
    try {
      await scraper.scrape();
      for (const damage of kept) tree.damage.apply(damage);
      const { text } = await scraper.scrape();
      for (const { name, value } of strictExposition(text).samples) assert.ok(Number.isFinite(value), name);
      written(text);
    } finally {
      scraper.close();
      tree.damage.restore();
    }
  });
}

function damageOf({ files, cgroups, copy }: Tree, random: Random): Damage {
  const path = random.pick(files);
  const what = random.below(20);
  if (what < 12) return { kind: 'write', path, content: mutatedFile(join(dirname(copy.procfs), path), random) };
  if (what < 14) return { kind: random.pick(['remove', 'directory', 'fifo', 'loop'] as const), path };
  const cgroup = random.pick(cgroups);
  if (what < 16) return { kind: 'remove', path: cgroup };
  const other = random.pick(cgroups);
  const bare = Buffer.from(random.chance(0.5) ? other : cgroup).toString('latin1');
  const name = damaged(bare.slice(bare.lastIndexOf('/') + 1), random);
  const to = random.chance(0.5) ? dirname(cgroup) : other;
  return { kind: random.pick(['rename', 'copy'] as const), path: cgroup, to, name: isFileName(name) ? name : 'odd' };
}

function mutatedFile(path: string, random: Random): string {
  return mutate(tokensOf(readFileSync(path, 'latin1')), random).join('');
}

/** What Prometheus itself finds wrong in an exposition; its style hints do not count. */
function assertValidForProm(text: Buffer): void {
  if (whyNoPromtool() !== false) return;
  const output = promtool(['check', 'metrics'], text.toString());
  assert.doesNotMatch(output, /error while linting|parsing error/i);
}

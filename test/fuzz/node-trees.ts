import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';

import { copyRecorded, type RecordedCopy } from '../support/recorded-copy.ts';
import { goldenNode } from '../support/recorded-node.ts';
import { promtool, whyNoPromtool } from '../support/promtool.ts';
import type { Random } from '../support/seeded-random.ts';
import { type FuzzCase, fuzzCase, type Fuzzer, type OpenFuzzer } from './fuzzer.ts';
import { damaged, mutate, tokensOf } from './mutations.ts';
import { NodeEndpoints } from './node-endpoints.ts';
import { type Damage, isFileName, TreeDamage } from './tree-damage.ts';

const NODES = ['v2-newest', 'v1-cgroupfs'];

const MAX_DAMAGES = 12;

/** A copy of a recorded node. */
interface Tree {
  readonly name: string;
  readonly nodeName: string;
  readonly copy: RecordedCopy;
  /** Where it is below the root of the copy: files, and directories of cgroups. */
  readonly files: readonly string[];
  readonly cgroups: readonly string[];
  readonly damage: TreeDamage;
}

/**
 * Every endpoint of recorded nodes whose files and cgroups are damaged: no exception, expositions that are valid and have
 * finite numbers only, and documents that keep to their schema.
 */
export const nodeTrees: Fuzzer = {
  name: 'node-trees',
  async open(): Promise<OpenFuzzer> {
    const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-fuzz-'));
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const trees = await Promise.all(NODES.map((name) => openTree(name, fifo)));
    let last = '';
    return {
      makeCase(random) {
        const tree = random.pick(trees);
        return treeCase(tree, random, (text) => (last = text));
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
    nodeName: node.nodeName,
    copy,
    files: paths((entry) => entry.isFile() && entry.name !== basename(copy.podsFile)),
    cgroups: paths((entry) => entry.isDirectory() && entry.parentPath.startsWith(copy.cgroup)),
    damage: new TreeDamage({ root, original: join(node.folder, 'node'), fifo }),
  };
}

function treeCase(tree: Tree, random: Random, written: (text: string) => void): FuzzCase {
  const damages = Array.from({ length: 1 + random.below(MAX_DAMAGES) }, () => damageOf(tree, random));
  return fuzzCase(tree.name, damages, async (kept) => {
    const endpoints = await NodeEndpoints.open(tree.copy, tree.nodeName);
    try {
      await endpoints.check();
      for (const damage of kept) tree.damage.apply(damage);
      written((await endpoints.check()).get('/metrics') ?? '');
    } finally {
      await endpoints.close();
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
function assertValidForProm(text: string): void {
  if (whyNoPromtool() !== false) return;
  const output = promtool(['check', 'metrics'], text);
  assert.doesNotMatch(output, /error while linting|parsing error/i);
}

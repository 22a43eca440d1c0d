import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Counter, Gauge, Registry } from 'prom-client';
import { parseExposition } from '../support/exposition.ts';
import { promtool, whyNoPromtool } from '../support/promtool.ts';
import { goldenNodes, scrapeRecorded } from '../support/recorded-node.ts';

/** Everything but empty lines. */
function lines(exposition: string): string[] {
  return exposition.split('\n').filter((line) => line !== '');
}

/** Everything but what stands above families. */
function samples(exposition: string): string[] {
  return lines(exposition).filter((line) => !line.startsWith('#'));
}

/** What a README must state about a node, and the sections that follow. */
const FACTS = ['kernel', 'cgroups', 'cgroup driver', 'runtime', 'Kubernetes', 'recorded'];
const SECTIONS = ['Pods', 'Trimmed', 'Not in it'];

/** Whether git is there, and this is a work tree. */
const git = (...args: readonly string[]): ReturnType<typeof spawnSync> =>
  spawnSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' });
const whyNoGit = git('rev-parse').status === 0 ? false : 'needs git and a work tree';

for (const node of goldenNodes()) {
  test(`${node.name}: its README states where it comes from, what was trimmed and what is missing`, () => {
    const readme = readFileSync(join(node.folder, 'README.md'), 'utf8');
    assert.ok(readme.startsWith(`# ${node.name}\n`));
    assert.deepEqual(
      [...readme.matchAll(/^\| (\w[^|]*?) +\| \S/gm)].map(([, fact]) => fact),
      FACTS,
    );
    const sections = [...readme.matchAll(/^## (.+)$/gm)].map(([, section]) => section);
    // The recorder states what it removed.
    assert.deepEqual(
      sections.filter((section) => section !== 'Removed'),
      SECTIONS,
    );
  });

  test(
    `${node.name}: reviews show expected.prom and README.md, and fold the recorded files`,
    { skip: whyNoGit },
    () => {
      const files = [node.expected, join(node.folder, 'README.md'), join(node.folder, 'pods.json')];
      const { stdout } = git('check-attr', 'linguist-generated', '--', ...files);
      const values = String(stdout)
        .trimEnd()
        .split('\n')
        .map((line) => line.split(': ').at(-1));
      assert.deepEqual(values, ['false', 'false', 'set']);
    },
  );

  test(`${node.name}: one scrape equals expected.prom (npm run update rewrites it)`, async () => {
    assert.equal(await scrapeRecorded(node), readFileSync(node.expected, 'utf8'));
  });

  test(`${node.name}: a second scrape says the same`, async () => {
    assert.equal(await scrapeRecorded(node), await scrapeRecorded(node));
  });

  test(`${node.name}: promtool has no complaint`, { skip: whyNoPromtool() }, async () => {
    assert.equal(promtool(['check', 'metrics'], await scrapeRecorded(node)), '');
  });

  test(`${node.name}: no series has an empty label, none occurs twice`, async () => {
    const text = await scrapeRecorded(node);
    assert.doesNotMatch(text, /=""/);
    const names = text
      .split('\n')
      .flatMap((line) => (line.startsWith('#') ? [] : [line.slice(0, line.lastIndexOf(' '))]));
    assert.equal(new Set(names).size, names.length);
  });

  test(`${node.name}: the library's encoder writes the same text`, async () => {
    const text = await scrapeRecorded(node);
    const registry = new Registry();
    for (const block of text.split(/^(?=# HELP )/m)) {
      const [help = '', type = ''] = block.split('\n');
      const [, name = '', sentence = ''] = /^# HELP (\S+) (.*)$/.exec(help) ?? [];
      const parsed = parseExposition(block);
      const labelNames = [...new Set(parsed.flatMap(({ labels }) => Object.keys(labels)))];
      const options = { name, help: sentence, labelNames, registers: [registry] };
      if (type.endsWith(' counter')) {
        const counter = new Counter(options);
        for (const { labels, value } of parsed) counter.inc(labels, value);
      } else {
        const gauge = new Gauge(options);
        for (const { labels, value } of parsed) gauge.set(labels, value);
      }
    }
    assert.deepEqual(lines(await registry.metrics()), lines(text));
  });

  test(`${node.name}: OpenMetrics has the same samples`, async () => {
    const openMetrics = await scrapeRecorded(node, 'openmetrics');
    assert.deepEqual(samples(openMetrics), samples(await scrapeRecorded(node)));
    assert.match(openMetrics, /# EOF\n$/);
    assert.doesNotMatch(openMetrics, /^# TYPE \S+_total /m);
  });
}

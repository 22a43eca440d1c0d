import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { recordingGroups } from '../../../scripts/recording-rules.ts';
import { EVENT_TYPES } from '../../../src/events/event.ts';
import { collectors } from '../../../src/metrics/index.ts';
import { RESOURCE_FAMILIES } from '../../../src/views/resource/families.ts';
import { promtool, whyNoPromtool } from '../../support/promtool.ts';

/** What docs/migrating.md promises must be there. */

const page = readFileSync(join(import.meta.dirname, '../../../docs/migrating.md'), 'utf8');

const families = new Set([
  ...collectors.flatMap(({ cgroup = [], network = [], usage = [], facts = [], tables = [] }) => [
    ...cgroup.flatMap(({ name, levels }) => levels.map((level) => `${level}_${name}`)),
    ...[...network, ...usage, ...facts, ...tables].map(({ name }) => name),
  ]),
  ...RESOURCE_FAMILIES.map(({ name }) => name),
]);

const labels = new Set(
  collectors.flatMap(({ cgroup = [], network = [], facts = [] }) =>
    [...cgroup, ...network, ...facts].flatMap(({ by = [] }) => by),
  ),
);

const events = new Set<string>(EVENT_TYPES);

const rules = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';

/** Words that may name a series or a rule. */
function words(text: string): readonly string[] {
  return text.match(/[a-z][\w:]*/g) ?? [];
}

/** What a cell promises; `the same` are the names in the first one. */
function promises(row: readonly string[], index: number): readonly string[] {
  const cell = row[index] ?? '';
  return cell.startsWith('the same') ? [cell, row[0] ?? ''] : [cell];
}

/** Words in the columns that say what to use here, and in the rules. */
function promised(): readonly string[] {
  const cells: string[] = [];
  let columns: readonly number[] = [];
  for (const line of page.split('\n')) {
    if (!line.startsWith('|')) columns = [];
    const row = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (columns.length === 0)
      columns = row.flatMap((cell, index) => (/^(?:native|here|PromQL)$/.test(cell) ? [index] : []));
    else cells.push(...columns.flatMap((index) => promises(row, index)));
  }
  const code = cells.flatMap((cell) => cell.match(/`[^`]+`/g) ?? []);
  return [...code, rules.replaceAll(/^ *- record:.*$/gm, '')].flatMap(words);
}

describe('docs/migrating.md', () => {
  test('names only series that there are', () => {
    const series = promised().filter((word) => /^(?:container|pod|cgroup)_[a-z_]*[a-z]$/.test(word));
    const unknown = series.filter(
      (word) => !families.has(word) && !labels.has(word) && !events.has(word) && !word.startsWith('pod_exporter_'),
    );
    assert.deepEqual([...new Set(unknown)], []);
    assert.ok(new Set(series).size > 70, `${new Set(series).size}`);
  });

  test('names only rules that it has', () => {
    const recorded = new Set([
      ...[...rules.matchAll(/- record: (\S+)/g)].map(([, name]) => name),
      ...recordingGroups('pod-exporter').flatMap((group) => group.rules.map(({ record }) => record)),
    ]);
    const named = [...page.matchAll(/`((?:namespace|workload|node|cluster):\w+:\w+)`/g)].map(([, name]) => name);
    assert.deepEqual(
      named.filter((name) => !recorded.has(name)),
      [],
    );
    assert.ok(named.length > 8);
  });

  test('has every family of /metrics/resource', () => {
    for (const { name } of RESOURCE_FAMILIES) assert.ok(page.includes(`\`${name}\``), name);
  });

  test('has rules that Prometheus accepts', { skip: whyNoPromtool() }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-rules-'));
    try {
      const file = join(folder, 'rules.yaml');
      writeFileSync(file, rules);
      assert.match(promtool(['check', 'rules', file], ''), /SUCCESS: 4 rules found/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

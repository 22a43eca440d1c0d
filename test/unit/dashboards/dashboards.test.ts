import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

import { build } from '../../../dashboards/source/dashboards.ts';
import { pages } from '../../../dashboards/source/index.ts';
import { metricNames, panelQueries } from '../../support/panel-queries.ts';

interface ConfigMap {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly data: Readonly<Record<string, string>>;
}

const METRICS = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');

/** Of the library that counts the exporter itself. */
const OF_THE_LIBRARY = new Set([
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'nodejs_eventloop_lag_p99_seconds',
]);

test('every metric that a panel asks for is one that is exported', () => {
  const unknown = new Set<string>();
  for (const { expr } of panelQueries()) {
    for (const name of metricNames(expr)) {
      const family = name.replace(/_(?:sum|count|bucket)$/, '');
      const isKnown = METRICS.includes(`\`${name}\``) || METRICS.includes(`\`${family}\``);
      if (!isKnown && !OF_THE_LIBRARY.has(name)) unknown.add(name);
    }
  }
  assert.deepEqual([...unknown], []);
});

for (const page of pages) {
  const { panels = [], templating, uid } = build(page);

  test(`${page.name}: every panel says what it shows`, () => {
    assert.equal(uid, `pod-exporter-${page.name}`);
    const shown = panels.filter(({ type }) => type !== 'row');
    assert.ok(shown.length > 4);
    for (const panel of shown) {
      assert.match('description' in panel ? (panel.description ?? '') : '', /^[A-Z].*\.$/s, panel.title);
    }
  });

  test(`${page.name}: panels have numbers of their own and do not lie on each other`, () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const taken = new Set<string>();
    for (const { gridPos, title } of panels) {
      assert.ok(gridPos !== undefined && gridPos.x + gridPos.w <= 24, title);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(!taken.has(`${x} ${y}`), title);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });

  test(`${page.name}: what queries choose by can be chosen`, () => {
    const variables = new Set((templating.list ?? []).map(({ name }) => name));
    for (const { expr, panel } of panelQueries().filter(({ page: name }) => name === page.name)) {
      for (const [, name = ''] of expr.matchAll(/\$([a-z]+)/g)) assert.ok(variables.has(name), `${panel}: ${name}`);
      assert.match(expr, /cluster=~"\$cluster"/, panel);
    }
  });
}

const { error: noKubectl } = spawnSync('kubectl', ['version', '--client']);

test('a ConfigMap for each, labelled', { skip: noKubectl === undefined ? false : 'needs kubectl' }, () => {
  const folder = fileURLToPath(new URL('../../../dashboards', import.meta.url));
  const { stdout, stderr } = spawnSync('kubectl', ['kustomize', folder], { encoding: 'utf8' });
  const maps = parseAllDocuments(stdout).map((document) => document.toJS() as ConfigMap);
  assert.equal(maps.length, pages.length, stderr);
  for (const { kind, metadata, data } of maps) {
    assert.deepEqual([kind, metadata.labels['grafana_dashboard']], ['ConfigMap', '1']);
    const [[file, content] = ['', '']] = Object.entries(data);
    assert.equal(metadata.name, `pod-exporter-dashboard-${file.replace('.json', '')}`);
    // The annotation in which kubectl keeps what was applied holds no more.
    assert.ok(content.length < 200_000);
    assert.equal((JSON.parse(content) as { uid: string }).uid, `pod-exporter-${file.replace('.json', '')}`);
  }
});

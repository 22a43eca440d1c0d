import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

import { build } from '../../../dashboards/source/dashboards.ts';
import { pages } from '../../../dashboards/source/index.ts';
import { recordingGroups } from '../../../scripts/recording-rules.ts';
import { selectorsOf } from '../../../scripts/select-job.ts';
import { allQueries, metricNames } from '../../support/panel-queries.ts';

interface ConfigMap {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly data: Readonly<Record<string, string>>;
}

/** A table, as far as its order and its width go. */
interface Table {
  readonly title?: string;
  readonly fieldConfig: {
    readonly overrides: readonly {
      readonly properties: readonly { readonly id: string; readonly value?: unknown }[];
    }[];
  };
  readonly options: { readonly sortBy: readonly { readonly displayName: string }[] };
  readonly transformations?: readonly {
    readonly options: { readonly alias?: string; readonly renameByName?: Readonly<Record<string, string>> };
  }[];
}

/** Pixels of a table on a page of 1600 pixels. */
const TABLE_WIDTH = 1570;

const METRICS = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');

const RECORDED = new Set(recordingGroups('pod-exporter').flatMap(({ rules }) => rules.map(({ record }) => record)));

/** Series from the status of pods, which no other container has. */
const FROM_STATUS = /^container_(?:resource|restarts|terminated)_/;

/** Of Prometheus, and of the library that counts the exporter itself. */
const OF_ANOTHER = new Set([
  'up',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'nodejs_eventloop_lag_p99_seconds',
]);

test('every metric that a panel asks for is one that is exported', () => {
  const unknown = new Set<string>();
  for (const { expr } of allQueries()) {
    for (const name of metricNames(expr)) {
      // Of containers outside of pods, the rows of pods.
      const family = name.replace(/_(?:sum|count|bucket)$/, '').replace(/^container_network_/, 'pod_network_');
      const isKnown = METRICS.includes(`\`${name}\``) || METRICS.includes(`\`${family}\``) || RECORDED.has(name);
      if (!isKnown && !OF_ANOTHER.has(name)) unknown.add(name);
    }
  }
  assert.deepEqual([...unknown], []);
});

for (const page of pages) {
  const dashboard = build(page, pages);
  const { panels = [], templating, uid } = dashboard;

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
    for (const { expr, panel } of allQueries().filter(({ page: name }) => name === page.name)) {
      for (const [, name = ''] of expr.matchAll(/\$\{?([a-z]+)/g)) assert.ok(variables.has(name), `${panel}: ${name}`);
    }
  });

  test(`${page.name}: every selector names the job and the cluster`, () => {
    for (const { expr, panel, kind } of allQueries().filter(({ page: name }) => name === page.name)) {
      if (kind === 'variable') continue;
      const selectors = selectorsOf(withoutVariables(expr));
      assert.ok(selectors.length > 0, panel);
      for (const { text, name } of selectors) {
        // Series of the recording rules have no job: the rules select it.
        const expected = name.includes(':') ? '{cluster="' : '{job="J",cluster="';
        assert.ok(text.startsWith(name + expected), `${panel}: ${text}`);
      }
    }
  });

  test(`${page.name}: series of containers are those of pods, or those of containers outside of pods`, () => {
    for (const { expr, panel, kind } of allQueries().filter(({ page: name }) => name === page.name)) {
      if (kind !== 'panel') continue;
      for (const { text, name } of selectorsOf(withoutVariables(expr))) {
        if (!name.startsWith('container_') || FROM_STATUS.test(name)) continue;
        assert.match(text, /pod!?=""|namespace=~/, panel);
      }
    }
  });

  test(`${page.name}: only the state of the exporters is ever green among the stats`, () => {
    for (const panel of panels.filter(({ type }) => type === 'stat')) {
      assert.equal(JSON.stringify(panel).includes('"green"'), panel.title === 'Exporters', panel.title);
    }
  });

  test(`${page.name}: tables are sorted by columns that they have`, () => {
    for (const panel of panels.filter(({ type }) => type === 'table')) {
      const { options, transformations = [], title } = panel as Table;
      const names = new Set(
        transformations.flatMap(({ options: { alias, renameByName } }) => [
          ...(alias === undefined ? [] : [alias]),
          ...Object.values(renameByName ?? {}),
        ]),
      );
      assert.ok(options.sortBy.length > 0, title);
      for (const { displayName } of options.sortBy) assert.ok(names.has(displayName), `${title}: ${displayName}`);
    }
  });

  test(`${page.name}: tables fit into a page of 1600 pixels, with one column that takes the rest of the width`, () => {
    for (const panel of panels.filter(({ type }) => type === 'table')) {
      const { fieldConfig, title } = panel as Table;
      const widths = (id: string): readonly number[] =>
        fieldConfig.overrides.flatMap(({ properties }) =>
          properties.filter((property) => property.id === id).map(({ value }) => Number(value)),
        );
      const [fixed, elastic] = [widths('custom.width'), widths('custom.minWidth')];
      assert.equal(elastic.length, 1, title);
      assert.equal(fixed.length + 1, fieldConfig.overrides.length, title);
      const sum = [...fixed, ...elastic].reduce((total, width) => total + width, 0);
      assert.ok(sum <= TABLE_WIDTH, `${title}: ${sum}`);
    }
  });

  test(`${page.name}: links pass on All only to variables that have it`, () => {
    for (const { title, url = '' } of dashboard.links ?? []) {
      const target = pages.find(({ name }) => url.startsWith(`/d/pod-exporter-${name}?`));
      assert.ok(target !== undefined, title);
      const passed = [...url.matchAll(/\$\{(node|namespace|workload|pod|container):queryparam\}/g)].map(
        ([, name]) => name,
      );
      for (const name of passed) {
        const isSingle = ({ single = [] }: typeof page): boolean => single.some((each) => each === name);
        assert.ok(
          target.variables.some((each) => each === name),
          `${title}: ${name}`,
        );
        assert.ok(isSingle(page) || !isSingle(target), `${title}: ${name}`);
      }
    }
  });
}

/** Valid PromQL with any values. */
function withoutVariables(expr: string): string {
  return expr
    .replaceAll(/\$__(?:rate_interval|range|interval)/g, '1m')
    .replaceAll('$job', 'J')
    .replaceAll(/\$[a-z]+/g, 'x');
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

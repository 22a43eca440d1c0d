import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { grown, STABLE_SERIES_FILE, stableSeries } from '../../../scripts/stable-series.ts';
import { collectors, viewCollectors } from '../../../src/metrics/index.ts';
import { exportedHelp, type Collector, type Stability } from '../../../src/metrics/row.ts';
import { compilePlan } from '../../../src/plan/compile-plan.ts';

const list = readFileSync(join(import.meta.dirname, '../../..', STABLE_SERIES_FILE), 'utf8')
  .trimEnd()
  .split('\n');
const current = await stableSeries();

describe('stable series', () => {
  test('in the list all exist, with their type, labels, versions, collector and its default', () => {
    const found = new Set(current);
    const missing = list.filter((line) => !found.has(line));
    assert.deepEqual(missing, [], 'the policy is in CONTRIBUTING.md: deprecate a stable series, do not change it');
  });

  test('are all in the list', () => {
    const listed = new Set(list);
    const unlisted = current.filter((line) => !listed.has(line));
    assert.deepEqual(unlisted, [], 'npm run update adds them; or mark the row experimental');
  });

  test('are listed once and in order', () => assert.deepEqual(list, [...new Set(list)].toSorted()));

  test('are never removed from the list by an update', () => {
    assert.deepEqual(grown(['b', 'd'], ['a', 'b', 'c']), ['a', 'b', 'c', 'd']);
    assert.deepEqual(grown(list, []), list);
  });

  test('exist for every kind of row', () => {
    const collectorsListed = new Set(list.map((line) => line.split(' ')[1]));
    for (const kind of ['cgroup', 'network', 'usage', 'facts', 'tables'] as const) {
      const having = collectors.filter((collector) => (collector[kind] ?? []).length > 0);
      assert.ok(having.length > 0, kind);
      assert.ok(
        having.some(({ name }) => collectorsListed.has(name)),
        kind,
      );
    }
    assert.ok(collectorsListed.has('exporter'));
  });
});

describe('stability', () => {
  const rows = [...collectors, ...viewCollectors].flatMap(
    ({ cgroup = [], network = [], node = [], processes = [], usage = [], facts = [], tables = [] }) => [
      ...cgroup,
      ...network,
      ...node,
      ...processes,
      ...usage,
      ...facts,
      ...tables,
    ],
  );

  test('includes the version since which a row is deprecated', () => {
    for (const { name, stability = 'stable' } of rows) {
      assert.match(stability, /^(?:stable|experimental|deprecated since \d+\.\d+\.\d+)$/, name);
    }
  });

  const HELP: readonly (readonly [Stability | undefined, string])[] = [
    [undefined, 'Threads.'],
    ['stable', 'Threads.'],
    ['experimental', 'Threads.'],
    ['deprecated since 1.2.0', '(Deprecated since 1.2.0) Threads.'],
  ];
  for (const [stability, help] of HELP) {
    test(`of a row that is ${stability ?? 'not marked'} leads to the HELP ${help}`, () => {
      const row = { help: 'Threads.', ...(stability === undefined ? {} : { stability }) };
      assert.equal(exportedHelp(row), help);
    });
  }

  test('deprecated rows of every kind are exported with it in their HELP', () => {
    const row = { type: 'gauge', help: 'X.', stability: 'deprecated since 1.2.0' } as const;
    const collector: Collector = {
      name: 'test',
      about: 'Test.',
      enabled: true,
      cgroup: [{ ...row, name: 'a', levels: ['pod'], from: { v1: 'absent', v2: { file: 'pids.current' } } }],
      network: [{ ...row, name: 'pod_network_b', source: { file: 'net/snmp', key: 'Tcp.InSegs' } }],
      processes: [{ ...row, name: 'c', levels: ['container'], number: 'sockets' }],
      usage: [{ ...row, name: 'pod_d', level: 'pod', by: ['type'], types: ['empty_dir'], of: 'bytes' }],
      facts: [{ ...row, name: 'pod_e', of: 'pod', samples: () => [] }],
      tables: [{ ...row, name: 'machine_f', table: 'machine', key: 'cores' }],
    };
    const { families, facts, tables } = compilePlan([collector], { version: 'v2', pageSizes: [] });
    const texts = [...families, ...[...facts, ...tables].map((each) => each.row)].map(({ help }) => help);
    assert.deepEqual(texts, Array(7).fill('(Deprecated since 1.2.0) X.'));
  });
});

describe('collectors', () => {
  test('of the root cgroup are cpu and those of pressure', () => {
    assert.deepEqual(
      collectors.filter(({ root }) => root === true).map(({ name }) => name),
      ['cpu', 'pressure', 'pressure-irq'],
    );
  });

  test('with only experimental rows are off', () => {
    for (const { name, enabled, cgroup = [], network = [] } of collectors) {
      const own = [...cgroup, ...network];
      const isExperimental = own.length > 0 && own.every(({ stability }) => stability === 'experimental');
      if (isExperimental) assert.equal(enabled, false, name);
    }
  });
});

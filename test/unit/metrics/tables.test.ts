import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { kernelFile } from '../../../src/kernel/file-table.ts';
import { collectors as shown, viewCollectors } from '../../../src/metrics/index.ts';
import type { CgroupRow, Family, NetworkRow, Origins, Source } from '../../../src/metrics/row.ts';

/** The rules are the same for what only other views show. */
const collectors = [...shown, ...viewCollectors];

/** Every row as its families will be called. */
const rows: readonly (Family & { readonly names: readonly string[] })[] = collectors.flatMap(
  ({ cgroup = [], network = [], node = [], facts = [], tables = [] }) => [
    ...cgroup.map((row) => ({ ...row, names: row.levels.map((level) => `${level}_${row.name}`) })),
    ...[...network, ...node, ...facts, ...tables].map((row) => ({ ...row, names: [row.name] })),
  ],
);

const cgroupRows = collectors.flatMap(({ cgroup = [] }) => cgroup);
const networkRows = collectors.flatMap(({ network = [] }) => network);

interface Labelled {
  readonly labels?: readonly string[];
}

/** Where the numbers of a row come from on either version, and the labels of each series. */
function originsOf({ from }: CgroupRow): readonly (Origins & Labelled)[] {
  return (Array.isArray(from) ? from : [from]) as readonly (Origins & Labelled)[];
}

/** The sources of a network row, with the labels of each series. */
function sourcesOf({ source }: NetworkRow): readonly (Source & Labelled)[] {
  return (Array.isArray(source) ? source : [source]) as readonly (Source & Labelled)[];
}

/** Sources of a row of cgroups that are not absent. */
function presentIn(row: CgroupRow): readonly (Source & Labelled)[] {
  return originsOf(row).flatMap(({ labels = [], v1, v2 }) =>
    [v1, v2].flatMap((origin) => (origin === 'absent' ? [] : [{ ...origin, labels }])),
  );
}

/** Whether a label of the source is found while reading: the name of a list's item, or a size of huge pages. */
function foundWhileReading({ file }: Source): boolean {
  return [file].flat().some((name) => 'list' in kernelFile(name) || name.includes('*'));
}

describe('names', () => {
  test('of families are unique', () => {
    const names = rows.flatMap((row) => row.names);
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    );
  });

  test('of families are valid', () => {
    for (const name of rows.flatMap((row) => row.names)) assert.match(name, /^[a-z][a-z0-9_]*$/);
  });

  test('end in _total if and only if the family is a counter', () => {
    for (const { names, type } of rows) {
      for (const name of names) assert.equal(name.endsWith('_total'), type === 'counter', name);
    }
  });

  test('have no suffix that the exposition formats reserve', () => {
    // The kubelet's name for memory modules, on its own view.
    const names = rows.flatMap((row) => row.names).filter((name) => name !== 'machine_dimm_count');
    for (const name of names) assert.doesNotMatch(name, /_(?:count|sum|bucket|created|timestamp)$/);
  });

  test('that depend on the level start with it', () => {
    for (const { name } of networkRows) assert.match(name, /^pod_network_/);
    for (const { facts = [] } of collectors)
      for (const { name, of } of facts) assert.ok(name.startsWith(`${of}_`), name);
  });

  test('of labels are valid and not those of the level', () => {
    // What is no cgroup names all of its labels.
    const plain = new Set(collectors.flatMap(({ tables = [] }) => tables).map(({ name }) => name));
    for (const { names, name, by = [] } of rows) {
      for (const label of by) {
        assert.match(label, /^[a-z][a-z0-9_]*(?:<name>)?$/, names[0]);
        assert.ok(plain.has(name) || !['namespace', 'pod', 'container', 'cgroup'].includes(label), names[0]);
      }
    }
  });

  test('of collectors are unique and valid in a flag', () => {
    const names = collectors.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^[a-z]+(?:-[a-z]+)*$/);
  });
});

describe('help', () => {
  test('is unique', () => {
    // Other views have texts of their own.
    const views = new Set(
      viewCollectors
        .flatMap(({ cgroup = [], network = [], node = [] }) => [...cgroup, ...network, ...node])
        .map(({ name }) => name),
    );
    const texts = rows.filter(({ name }) => !views.has(name)).map(({ help }) => help);
    assert.deepEqual(
      texts.filter((text, index) => texts.indexOf(text) !== index),
      [],
    );
  });

  test('is a sentence with a full stop, on one line', () => {
    for (const { names, help } of rows) {
      assert.match(help, /^[A-Z][^\n\\]*[^.\s]\.$/, names[0]);
      assert.ok(!help.includes('  '), names[0]);
    }
  });

  test('of collectors is also a sentence', () => {
    for (const { name, about } of collectors) assert.match(about, /^[A-Z][^\n\\]*\.$/, name);
  });
});

describe('sources', () => {
  test('have a value for each label of the row, except those found while reading', () => {
    const sources = [
      ...cgroupRows.map((row) => [row, presentIn(row)] as const),
      ...networkRows.map((row) => [row, sourcesOf(row)] as const),
    ];
    for (const [{ name, by = [] }, each] of sources) {
      for (const source of each)
        assert.equal(source.labels?.length ?? 0, foundWhileReading(source) ? by.length - 1 : by.length, name);
    }
  });

  test('of one row differ in their labels', () => {
    const sources = [
      ...cgroupRows.map((row) => [row, originsOf(row)] as const),
      ...networkRows.map((row) => [row, sourcesOf(row)] as const),
    ];
    for (const [{ name }, each] of sources) {
      const labels = each.map(({ labels: values = [] }) => values.join());
      assert.equal(new Set(labels).size, labels.length, name);
    }
  });

  test('have only levels of the row', () => {
    for (const row of cgroupRows) {
      for (const { levels = [] } of presentIn(row))
        for (const level of levels) assert.ok(row.levels.includes(level), row.name);
    }
  });

  test('of every row exist on at least one version', () => {
    for (const row of cgroupRows) assert.ok(presentIn(row).length > 0, row.name);
  });

  test('of seconds are divided by the unit of the kernel, and nothing else is divided', () => {
    for (const row of cgroupRows) {
      for (const { divisor } of presentIn(row)) {
        const allowed: readonly (number | undefined)[] = row.name.includes('_seconds') ? [100, 1e6, 1e9] : [undefined];
        assert.ok(allowed.includes(divisor), row.name);
      }
    }
  });
});

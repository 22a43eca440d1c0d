import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, test } from 'node:test';

/** The compiler must reject a misspelt name: each seed is a line that compiles with `right` and not with `wrong`. */

const top = join(import.meta.dirname, '../../..');

const LIST = 'node_network_receive_bytes_total';

const SEEDS: readonly (readonly [what: string, code: (name: string) => string, right: string, wrong: string])[] = [
  ['a row', (name) => `numbers.get('${name}', 0);`, 'memory_rss', 'memory_rs'],
  ['a row that its level does not have', (name) => `pods.get('${name}', 0);`, 'threads', 'processes'],
  ['a row of the node', (name) => `node.get('${name}', 0);`, 'boot_time_seconds', 'boot_time'],
  ['a row of pressure', (name) => `node.get('${name}', 0);`, 'pressure_io_full_avg10', 'pressure_io_full_avg'],
  ['a collector that was read', (name) => `snapshot.readAt('${name}');`, 'node-state', 'node-stat'],
  ['a collector that succeeded', (name) => `snapshot.succeeded('${name}');`, 'cadvisor-network', 'cadvisor-networks'],
  ['a requested collector', (name) => `new Set<CollectorName>(['${name}']);`, 'cpu', 'cpus'],
  ['a family', (name) => `export const a = family.name === '${name}';`, 'pod_memory_swap', 'pod_memory_swapped'],
  ['a family of a list', (name) => `export const b = family.name === '${name}';`, LIST, 'node_network_bytes_total'],
  ['a table', (name) => `snapshot.tables.get('${name}');`, 'volume', 'volumes'],
  ['a number of an entry', (name) => `export const c = volume.numbers.${name};`, 'filesUsed', 'inodesUsed'],
  ['a number of another table', (name) => `export const d = volume.numbers.${name};`, 'stuck', 'deviceError'],
  [
    'a number of a row',
    (key) => `export const e: TableRow = { ...ROW, table: 'disk', key: '${key}' };`,
    'reads',
    'size',
  ],
  ['a row of /metrics/cadvisor', (row) => `export const f: CadvisorSource = { row: '${row}' };`, 'threads', 'thread'],
  [
    'a row of its own of /metrics/cadvisor',
    (row) => `export const g: CadvisorSource = { row: '${row}' };`,
    'io_cost_wait_seconds_total',
    'io_cost_waiting_seconds_total',
  ],
  [
    'a row of the root',
    (row) => `export const h: CadvisorSource = { rootRow: '${row}' };`,
    'swap_usage_bytes',
    'swap_used_bytes',
  ],
  [
    'a row of /metrics/resource',
    (row) => `export const i: ResourceFamily['from'] = { collector: 'cpu', rows: ['${row}'] };`,
    'cpu_usage_seconds_total',
    'cpu_usage_seconds',
  ],
];

function prelude(folder: string): readonly string[] {
  const from = (file: string): string => `from '${relative(folder, join(top, 'src', file))}';`;
  return [
    `import type { CadvisorSource } ${from('views/cadvisor/family.ts')}`,
    `import type { CollectorName } ${from('metrics/index.ts')}`,
    `import type { TableRow } ${from('metrics/row.ts')}`,
    `import type { FamilyPlan } ${from('plan/plan.ts')}`,
    `import type { Entry, Snapshot } ${from('snapshot/snapshot.ts')}`,
    `import type { LevelNumbers } ${from('views/level-numbers.ts')}`,
    `import type { ResourceFamily } ${from('views/resource/families.ts')}`,
    "declare const numbers: LevelNumbers<'container'>, pods: LevelNumbers<'pod'>, node: LevelNumbers<'node'>;",
    "declare const snapshot: Snapshot, family: FamilyPlan, volume: Entry<'volume'>;",
    "const ROW = { name: 'machine_x', type: 'gauge', help: 'X.' } as const;",
  ];
}

describe('the compiler', () => {
  let folder: string;
  /** Lines with an error, by file. */
  let errors: ReadonlyMap<string, ReadonlySet<number>>;
  let output: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'pod-exporter-names-'));
    symlinkSync(join(top, 'node_modules'), join(folder, 'node_modules'));
    const config = { extends: join(top, 'tsconfig.json'), include: ['*.mts'] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const head = prelude(folder);
    const write = (file: string, lines: readonly string[]): void =>
      writeFileSync(join(folder, file), [...head, ...lines, ''].join('\n'));
    write(
      'right.mts',
      SEEDS.map(([, code, right]) => code(right)),
    );
    write(
      'wrong.mts',
      SEEDS.map(([, code, , wrong]) => code(wrong)),
    );
    const options = { cwd: folder, encoding: 'utf8' } as const;
    output = spawnSync(
      process.execPath,
      [join(top, 'node_modules/typescript/bin/tsc'), '--pretty', 'false'],
      options,
    ).stdout;
    const found = [...output.matchAll(/^(.*)\((\d+),\d+\): error/gm)];
    const byFile = Map.groupBy(found, ([, file = '']) => file);
    errors = new Map(
      [...byFile].map(([file, lines]) => [file, new Set(lines.map(([, , line]) => Number(line) - head.length))]),
    );
  });

  after(() => rmSync(folder, { recursive: true }));

  for (const [index, [what, , right, wrong]] of SEEDS.entries()) {
    test(`rejects a misspelt name of ${what}: ${wrong} for ${right}`, () => {
      assert.ok(errors.get('wrong.mts')?.has(index + 1), output);
    });
  }

  test('accepts the correct names and reports no other error', () => {
    assert.deepEqual([...errors.keys()], ['wrong.mts'], output);
    assert.equal(errors.get('wrong.mts')?.size, SEEDS.length, output);
  });
});

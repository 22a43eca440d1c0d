import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';

/** The linter must reject what the layers forbid: each rule gets a file that breaks it, in a tree of its own. */

const top = join(import.meta.dirname, '../../..');

/** Where an import stands, and what it may not or may name. `type ` before a name makes it an import of types. */
type Imports = readonly (readonly [file: string, ...names: string[]])[];

const FORBIDDEN: Imports = [
  ['src/base/a.ts', '../kernel/x.ts', 'type ../pods/x.ts', '../config.ts', 'koa', 'pino'],
  ['src/base/log.ts', '../config.ts', 'prom-client', 'koa'],
  ['src/kernel/a.ts', '../node/x.ts', '../metrics/x.ts', '../config.ts', 'type ../pods/x.ts', 'koa', 'yaml', 'p-limit'],
  ['src/kernel/children/statfs-guard.ts', '../../node/x.ts', 'yaml'],
  ['src/exposition/a.ts', '../metrics/x.ts', 'type ../snapshot/x.ts', 'prom-client', '../base/x.ts'],
  ['src/node/a.ts', '../pods/x.ts', '../collect/x.ts', '../config.ts', 'type ../metrics/x.ts', 'p-limit'],
  ['src/cluster/a.ts', '../pods/x.ts', '../kernel/x.ts', 'type ../usage/x.ts', 'yaml', '@kubernetes/client-node'],
  ['src/cluster/api-server.ts', '../kernel/x.ts', '../config.ts', 'yaml', 'koa'],
  [
    'src/pods/a.ts',
    '../kernel/x.ts',
    '../node/x.ts',
    '../config.ts',
    'type ../collect/x.ts',
    '@kubernetes/client-node',
  ],
  ['src/pods/sources/a.ts', '../../kernel/x.ts', '../../config.ts', 'type ../../collect/x.ts', 'koa'],
  ['src/pods/sources/pod-list.ts', '../../kernel/x.ts', 'yaml', '@kubernetes/client-node'],
  ['src/engine/a.ts', '../kernel/x.ts', '../node/x.ts', '../config.ts', 'type ../collect/x.ts', 'koa', 'yaml'],
  ['src/usage/a.ts', '../collect/x.ts', 'type ../metrics/x.ts', '../config.ts', 'p-limit', 'yaml'],
  ['src/metrics/a.ts', '../kernel/x.ts', '../pods/x.ts', '../plan/x.ts', 'node:fs', 'prom-client', 'type koa'],
  ['src/metrics/cadvisor/a.ts', '../../kernel/x.ts', '../../pods/x.ts', 'type ../../snapshot/x.ts', 'node:fs'],
  ['src/plan/a.ts', '../snapshot/x.ts', '../collect/x.ts', 'type ../pods/x.ts', '../config.ts', 'yaml'],
  ['src/snapshot/a.ts', '../kernel/x.ts', '../plan/x.ts', '../pods/x.ts', 'type ../collect/x.ts', 'koa'],
  ['src/storage/a.ts', '../collect/x.ts', 'type ../views/x.ts', '../config.ts', 'p-limit'],
  ['src/collect/a.ts', '../views/x.ts', '../http/x.ts', '../exposition/x.ts', '../self-metrics.ts', 'prom-client'],
  ['src/events/a.ts', '../collect/x.ts', 'type ../views/x.ts', '../config.ts', '../metrics/x.ts', 'koa'],
  [
    'src/checks/a.ts',
    '../views/x.ts',
    'type ../http/x.ts',
    '../config.ts',
    '../cluster/x.ts',
    '../engine/x.ts',
    'prom-client',
  ],
  [
    'src/views/a.ts',
    'type ../collect/x.ts',
    '../snapshot/x.ts',
    '../checks/x.ts',
    '../kernel/x.ts',
    'type ../pods/x.ts',
    '../http/x.ts',
    'koa',
  ],
  [
    'src/views/page/a.ts',
    'type ../../collect/x.ts',
    '../../kernel/x.ts',
    'type ../../pods/x.ts',
    '../../config.ts',
    'koa',
  ],
  [
    'src/http/a.ts',
    '../kernel/x.ts',
    '../views/x.ts',
    '../views/page/x.ts',
    '../metrics/x.ts',
    '../main.ts',
    'prom-client',
  ],
  [
    'src/http/c.ts',
    '../cluster/api-client.ts',
    '../node/x.ts',
    '../pods/x.ts',
    '../snapshot/x.ts',
    '../endpoints.ts',
    'type ../views/page/x.ts',
  ],
  ['src/top/a.ts', '../kernel/x.ts', '../views/x.ts', 'type ../snapshot/x.ts', '../config.ts', 'ansi-escapes'],
  ['src/top/screen.ts', '../http/x.ts', '../exporter.ts', 'koa'],
  ['src/http/web-security.ts', '../kernel/x.ts', '../collect/x.ts', 'koa'],
  ['src/commands/a.ts', '../main.ts', 'koa', 'prom-client', 'commander'],
  [
    'src/exporter.ts',
    './main.ts',
    'commander',
    'prom-client',
    'pino',
    'koa',
    'yaml',
    'p-limit',
    'type @kubernetes/client-node',
  ],
  ['src/self-metrics.ts', './main.ts', 'pino', 'koa'],
  ['page/a.ts', '../src/views/x.ts', 'type ../src/views/x.ts', 'node:fs', 'react'],
  ['src/command-line.ts', './main.ts', 'pino', 'prom-client'],
];

const ALLOWED: Imports = [
  ['src/base/b.ts', './x.ts', 'node:timers'],
  ['src/kernel/b.ts', './x.ts', './formats/x.ts', '../base/x.ts', 'node:fs'],
  ['src/kernel/formats/b.ts', './x.ts', '../x.ts', '../../base/x.ts'],
  ['src/node/b.ts', './x.ts', 'node:path', '../base/x.ts', '../kernel/x.ts', '../kernel/formats/x.ts'],
  ['src/cluster/b.ts', './x.ts', '../base/x.ts', 'node:https'],
  ['src/pods/b.ts', './x.ts', './sources/x.ts', '../base/x.ts', '../cluster/x.ts', 'node:fs', 'yaml'],
  ['src/pods/sources/b.ts', './x.ts', '../x.ts', '../records/x.ts', '../../base/x.ts', '../../cluster/x.ts'],
  ['src/engine/b.ts', './x.ts', '../base/x.ts', '../cluster/x.ts', '../pods/records/x.ts', 'node:http'],
  ['src/usage/b.ts', './x.ts', 'node:fs', '../kernel/x.ts', '../node/x.ts', '../cluster/x.ts', '../pods/x.ts'],
  [
    'src/metrics/b.ts',
    './x.ts',
    'type ../kernel/x.ts',
    'type ../pods/x.ts',
    'type ../engine/x.ts',
    'type ../usage/x.ts',
  ],
  ['src/plan/b.ts', './x.ts', '../kernel/x.ts', '../metrics/x.ts'],
  ['src/snapshot/b.ts', './x.ts', '../metrics/x.ts', 'type ../plan/x.ts', 'type ../pods/x.ts'],
  ['src/storage/b.ts', './x.ts', '../kernel/x.ts', '../node/x.ts', '../pods/x.ts', '../snapshot/x.ts'],
  ['src/collect/b.ts', './x.ts', '../kernel/x.ts', '../node/x.ts', '../pods/x.ts', '../usage/x.ts', '../storage/x.ts'],
  ['src/events/b.ts', './x.ts', 'node:fs', '../kernel/x.ts', '../node/x.ts', '../pods/x.ts', '../snapshot/x.ts'],
  ['src/checks/b.ts', './x.ts', 'node:fs', '../kernel/x.ts', '../pods/x.ts', 'type ../engine/x.ts', '../collect/x.ts'],
  [
    'src/views/b.ts',
    './x.ts',
    './page/x.ts',
    'type ../checks/x.ts',
    'type ../snapshot/x.ts',
    '../metrics/x.ts',
    '../exposition/x.ts',
  ],
  ['src/views/page/b.ts', '../x.ts', 'type ../../snapshot/x.ts', '../../metrics/x.ts', '../../exposition/x.ts'],
  [
    'src/http/b.ts',
    './x.ts',
    '../cluster/access-reviews.ts',
    '../views/endpoint.ts',
    '../collect/x.ts',
    'koa',
    '@koa/router',
    'p-limit',
  ],
  ['page/b.ts', './x.ts', 'preact', 'uplot'],
  ['src/top/b.ts', './x.ts', '../base/x.ts', 'node:http'],
  ['src/commands/b.ts', './x.ts', '../config.ts', '../http/x.ts', 'node:fs'],
  ['src/main.ts', './config.ts', './kernel/x.ts', './pods/x.ts', './http/x.ts', '../package.json', 'node:fs'],
];

/** Code that breaks one of the other rules that the layers lean on. */
const BROKEN: readonly (readonly [rule: string, file: string, code: string])[] = [
  ['import(no-cycle)', 'src/node/c1.ts', "import { d } from './c2.ts';\nexport const c = (): number => d();\n"],
  ['import(no-cycle)', 'src/node/c2.ts', "import { c } from './c1.ts';\nexport const d = (): number => c();\n"],
  ['import(no-default-export)', 'src/node/d.ts', 'export default 1;\n'],
  ['typescript(no-explicit-any)', 'src/node/e.ts', 'export const e: any = 1;\n'],
  ['typescript(no-floating-promises)', 'src/node/f.ts', 'export function f(): void {\n  Promise.resolve(1);\n}\n'],
  ['typescript(no-non-null-assertion)', 'src/node/g.ts', 'export const g = (g?: number): number => g!;\n'],
  ['typescript(consistent-type-imports)', 'src/views/h.ts', "export type H = import('../kernel/x.ts').X;\n"],
  ['eslint(no-console)', 'src/node/i.ts', "console.log('i');\n"],
  ['eslint(max-params)', 'src/node/j.ts', 'export function j(a: 1, b: 1, c: 1, d: 1, e: 1): void {}\n'],
  ['eslint(max-lines)', 'src/node/l.ts', Array.from({ length: 201 }, (_, i) => `export const l${i} = 1;\n`).join('')],
  ['eslint(max-lines-per-function)', 'src/node/m.ts', `export function m(): void {\n${'  m();\n'.repeat(40)}}\n`],
  [
    'eslint(complexity)',
    'src/node/n.ts',
    `export const n = (a: number): boolean => ${Array.from({ length: 12 }, (_, i) => `a > ${i}`).join(' || ')};\n`,
  ],
  ['unicorn(filename-case)', 'src/node/someFile.ts', 'export const o = 1;\n'],
];

interface Finding {
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

function importLine(name: string, index: number): string {
  const [, type = '', from] = /^(type )?(.*)$/.exec(name) ?? [];
  return `import ${type}{ x${index} } from '${from}';\n`;
}

describe('the linter', () => {
  let folder: string;
  let findings: readonly Finding[];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'pod-exporter-lint-'));
    for (const file of ['.oxlintrc.json', 'tsconfig.json']) copyFileSync(join(top, file), join(folder, file));
    symlinkSync(join(top, 'node_modules'), join(folder, 'node_modules'));
    const imports = [...FORBIDDEN, ...ALLOWED].map(([file, ...names]) => ['', file, names.map(importLine).join('')]);
    for (const [, file = '', code = ''] of [...imports, ...BROKEN]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), code);
    }
    const oxlint = join(top, 'node_modules/oxlint/bin/oxlint');
    const options = { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
    const { stdout } = spawnSync(process.execPath, [oxlint, '--format', 'json', 'src', 'page'], options);
    ({ diagnostics: findings } = JSON.parse(stdout) as { diagnostics: readonly Finding[] });
  });

  after(() => rmSync(folder, { recursive: true }));

  function linesOf(file: string, code: string): Set<number | undefined> {
    const found = findings.filter((finding) => finding.filename === file && finding.code === code);
    return new Set(found.map(({ labels }) => labels[0]?.span.line));
  }

  for (const [file, ...names] of FORBIDDEN) {
    for (const [index, name] of names.entries()) {
      test(`${file} may not import ${name}`, () => {
        assert.ok(linesOf(file, 'eslint(no-restricted-imports)').has(index + 1));
      });
    }
  }

  for (const [file, ...names] of ALLOWED) {
    test(`${file} may import ${names.join(', ')}`, () => {
      assert.deepEqual(linesOf(file, 'eslint(no-restricted-imports)'), new Set());
    });
  }

  for (const [rule, file] of BROKEN) {
    test(`${file} breaks ${rule}`, () => {
      assert.notDeepEqual(linesOf(file, rule), new Set());
    });
  }
});

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
  ['src/kernel/a.ts', '../node/x.ts', '../metrics/x.ts', '../log.ts', 'type ../pods/x.ts', 'koa', 'yaml'],
  ['src/node/a.ts', '../pods/x.ts', '../scrape/x.ts', '../log.ts', 'type ../metrics/x.ts', 'p-limit'],
  ['src/pods/a.ts', '../kernel/x.ts', '../node/x.ts', '../log.ts', 'type ../scrape/x.ts', '@kubernetes/client-node'],
  ['src/pods/pod-list.ts', '../kernel/x.ts', 'yaml', '@kubernetes/client-node'],
  ['src/pods/cluster-access.ts', '../kernel/x.ts', '../config.ts', 'yaml', 'koa'],
  ['src/usage/a.ts', '../scrape/x.ts', 'type ../metrics/x.ts', '../log.ts', 'p-limit', 'yaml'],
  ['src/metrics/a.ts', '../kernel/x.ts', '../pods/x.ts', '../scrape/x.ts', 'node:fs', 'prom-client', 'type koa'],
  ['src/scrape/a.ts', '../views/x.ts', '../http/x.ts', '../exposition/x.ts', '../self-metrics.ts', 'prom-client'],
  ['src/exposition/a.ts', '../metrics/x.ts', 'type ../scrape/x.ts', 'prom-client', '../log.ts'],
  ['src/views/a.ts', '../scrape/x.ts', '../kernel/x.ts', 'type ../pods/x.ts', '../http/x.ts', 'koa'],
  ['src/views/page/a.ts', '../../scrape/x.ts', '../../kernel/x.ts', 'type ../../pods/x.ts', '../../log.ts', 'koa'],
  ['src/http/a.ts', '../kernel/x.ts', '../node/x.ts', '../pods/x.ts', '../metrics/x.ts', '../main.ts', 'prom-client'],
  ['src/http/web-security.ts', '../kernel/x.ts', '../scrape/x.ts', 'koa'],
  ['src/exporter.ts', './main.ts', 'prom-client', 'pino', 'koa', 'yaml', 'p-limit', 'type @kubernetes/client-node'],
  ['src/self-metrics.ts', './main.ts', 'pino', 'koa'],
  ['src/log.ts', './main.ts', 'prom-client', 'koa'],
];

const ALLOWED: Imports = [
  ['src/kernel/b.ts', './x.ts', 'node:fs', 'p-limit'],
  ['src/node/b.ts', './x.ts', 'node:path', '../kernel/x.ts'],
  ['src/pods/b.ts', './x.ts', 'node:fs', 'yaml'],
  ['src/metrics/b.ts', './x.ts', 'type ../pods/x.ts'],
  ['src/usage/b.ts', './x.ts', 'node:fs', '../kernel/x.ts', '../node/x.ts', '../pods/x.ts'],
  ['src/scrape/b.ts', './x.ts', '../kernel/x.ts', '../node/x.ts', '../pods/x.ts', '../usage/x.ts', '../metrics/x.ts'],
  ['src/views/b.ts', './x.ts', './page/x.ts', 'type ../scrape/x.ts', '../metrics/x.ts', '../exposition/x.ts'],
  ['src/views/page/b.ts', '../x.ts', 'type ../../scrape/x.ts', '../../metrics/x.ts', '../../exposition/x.ts'],
  ['src/http/b.ts', './x.ts', '../views/x.ts', '../scrape/x.ts', '../self-metrics.ts', 'koa', '@koa/router', 'p-limit'],
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
    const { stdout } = spawnSync(process.execPath, [oxlint, '--format', 'json', 'src'], options);
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

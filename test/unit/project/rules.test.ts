import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

const top = join(import.meta.dirname, '../../..');
const sources = globSync('src/**/*.ts', { cwd: top }).toSorted();
const everything = [
  ...sources,
  ...globSync('{test,scripts,bench}/**/*.ts', { cwd: top, exclude: ['**/node_modules/**'] }).toSorted(),
];

function contentOf(file: string): string {
  return readFileSync(join(top, file), 'utf8');
}

function specifiersOf(content: string): readonly string[] {
  const places = /^(?:import|export)\b[^'"]*?\bfrom '([^']+)'|\bimport\('([^']+)'\)/gm;
  return [...content.matchAll(places)].map(([, fixed, dynamic]) => fixed ?? dynamic ?? '');
}

test('there are sources to judge', () => {
  assert.ok(sources.length > 40);
  assert.ok(sources.flatMap((file) => specifiersOf(contentOf(file))).length > 100);
});

test('files are named by concept, not by kind', () => {
  const kinds = /^(?:utils?|helpers?|types?|managers?|constants?|common|misc)\.ts$/;
  assert.deepEqual(
    everything.filter((file) => kinds.test(basename(file))),
    [],
  );
});

test('nothing is of type any', () => {
  const loose = everything.filter((file) => /(?::|\bas|<) ?any\b(?! [a-z])/.test(withoutComments(contentOf(file))));
  // The linter's own test seeds one.
  assert.deepEqual(loose, ['test/unit/project/layering.test.ts']);
});

test('relative imports name the file, by its shortest path', () => {
  for (const file of everything) {
    for (const specifier of specifiersOf(contentOf(file)).filter((name) => name.startsWith('.'))) {
      assert.match(
        specifier,
        /^(?:\.\/|(?:\.\.\/)+)(?:[^./][^/]*\/)*[^./][^/]*\.(?:ts|json)$/,
        `${file}: ${specifier}`,
      );
    }
  }
});

test('where the linter is silenced, rule and reason are said; the compiler never is', () => {
  const silenced = sources.flatMap((file) => contentOf(file).match(/.*(?:(?:oxlint|eslint)-disable|@ts-).*/g) ?? []);
  for (const line of silenced) assert.match(line, /oxlint-disable-next-line [\w/-]+ -- \w+ \w+/);
});

test('only main.ts ends the process', () => {
  const ending = sources.filter((file) => /process\.(?:exit\(|exitCode\b|abort\()/.test(contentOf(file)));
  assert.deepEqual(ending, ['src/main.ts']);
});

test('only base/error-code.ts looks into errors of the system', () => {
  const looking = /'(?:code|errno|syscall)' in (?:error|cause|reason)\b|instanceof Error && '\w+' in|ErrnoException/;
  const others = sources.filter((file) => looking.test(contentOf(file)));
  assert.deepEqual(others, ['src/base/error-code.ts']);
});

function withoutComments(content: string): string {
  return content.replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, '');
}

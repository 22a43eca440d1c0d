import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { version } from '../../../src/version.ts';

const top = join(import.meta.dirname, '../../..');

/** Places that have the version of the package, and how often. */
const PLACES: readonly (readonly [file: string, pattern: RegExp, count: number])[] = [
  ['package-lock.json', /"name": "pod-exporter",\n *"version": "(.+)",/g, 2],
  ['Dockerfile', /^ARG VERSION=(.+)$/gm, 1],
  ['deploy/charts/pod-exporter/Chart.yaml', /^(?:v|appV)ersion: (.+)$/gm, 2],
  ['deploy/kustomization.yaml', /newTag: ([^ ]+) }/g, 1],
  ['README.md', /newTag: ([^ ]+) }/g, 1],
  ['docs/install.md', /(?:pod-exporter:|newTag: )(\d[^ \n]+)/g, 3],
  ['docs/sidecar.md', /newTag: ([^ ]+) }/g, 1],
];

for (const [file, pattern, count] of PLACES) {
  test(`${file} has the version of the package`, () => {
    const found = [...readFileSync(join(top, file), 'utf8').matchAll(pattern)].map(([, each]) => each);
    assert.deepEqual(
      found,
      Array.from({ length: count }, () => version),
    );
  });
}

test('the changelog has the version with its date, after what is not released yet', () => {
  const headings = readFileSync(join(top, 'CHANGELOG.md'), 'utf8').match(/^## .*$/gm) ?? [];
  assert.equal(headings[0], '## Unreleased');
  assert.match(
    headings[1] ?? '',
    new RegExp(String.raw`^## ${version.replaceAll('.', String.raw`\.`)} / \d{4}-\d\d-\d\d$`),
  );
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { collectorsOf, endpoints, isReserved } from '../../src/endpoints.ts';
import { stringLiterals } from '../support/string-literals.ts';

const SRC = join(import.meta.dirname, '../../src');

const paths = endpoints.map(({ path }) => path);

/** Where a path may stand besides the file that defines its endpoint, and why. */
const EXCUSED: Readonly<Record<string, string>> = {
  'pods/sources/kubelet-api.ts': "it is a path of the kubelet's own server",
  'pods/sources/pod-selector.ts': 'it is a path of the API server',
};

/** Whether `path` stands in a text, not only as the beginning of a longer path. */
function contains(text: string, path: string): boolean {
  const escaped = path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\w./-])${escaped}(?![\\w/-])`).test(text);
}

describe('the list of endpoints', () => {
  test('has every path once', () => assert.deepEqual([...new Set(paths)], paths));

  test('is the only place of each path', () => {
    const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const literals = new Map(files.map((file) => [file, stringLiterals(readFileSync(join(SRC, file), 'utf8'))]));
    const places = paths
      .filter((path) => path !== '/')
      .map((path) => [path, [...literals].filter(([, texts]) => texts.some((text) => contains(text, path)))] as const)
      .map(([path, found]) => [path, found.map(([file]) => file).filter((file) => !(file in EXCUSED))] as const);
    const repeated = places.filter(([, found]) => found.length !== 1);
    assert.deepEqual(repeated, []);
  });

  test('has nothing but probes without authentication', () => {
    assert.deepEqual(
      endpoints.filter(({ isPublic }) => isPublic).map(({ path }) => path),
      ['/healthz', '/readyz'],
    );
  });

  test('reserves every path but that of the metrics, in any case and with a slash at the end', () => {
    for (const path of paths) assert.equal(isReserved(path), path !== '/metrics', path);
    for (const path of ['/Healthz', '/readyz/', '/STATS/summary/']) assert.ok(isReserved(path), path);
    for (const path of ['/healthz/a', '/metric', '/metrics/node']) assert.ok(!isReserved(path), path);
  });

  test('needs no collector of the node for one pod', () => {
    const [node, pod] = [collectorsOf('node'), collectorsOf('pod')];
    assert.ok(node.has('cadvisor-machine') && !pod.has('cadvisor-machine'));
    assert.ok(node.has('cpu') && pod.has('cpu'));
  });
});

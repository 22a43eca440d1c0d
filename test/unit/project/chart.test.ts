import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { field } from '../../../src/base/untrusted-json.ts';
import { schemaFaults } from '../../support/api-schema.ts';
import { EVERYTHING, VARIANTS } from '../../support/chart-values.ts';
import { CHART, charted, helm, HELMS } from '../../support/helm.ts';
import { kustomized, whyNoKustomize } from '../../support/kustomize.ts';
import type { Manifest } from '../../support/manifests.ts';

/** For JSON: the order of volumes has no meaning, and kustomize changes it. */
function sortVolumes(key: string, value: unknown): unknown {
  if (key !== 'volumes' || !Array.isArray(value)) return value;
  return value.toSorted((a, b) => String(field(a, 'name')).localeCompare(String(field(b, 'name'))));
}

/** The objects by kind and name, without namespaces, labels of objects and the tag of the image. */
function comparable(objects: readonly Manifest[]): ReadonlyMap<string, unknown> {
  const entries = objects
    .filter(({ kind }) => kind !== 'Namespace')
    .map((object): readonly [string, unknown] => {
      const { metadata, ...rest } = object;
      const text = JSON.stringify({ ...rest, metadata: { ...metadata, labels: undefined } }, sortVolumes);
      return [
        `${object.kind} ${metadata.name}`,
        JSON.parse(text.replaceAll(/"pod-exporter:[^"]+"/g, '"pod-exporter"')),
      ];
    });
  return new Map(entries.toSorted(([a], [b]) => a.localeCompare(b)));
}

if (HELMS.length === 0) test('the chart', { skip: 'needs helm' }, () => {});

for (const program of HELMS) {
  describe(`the chart, rendered by ${program}`, () => {
    const noKustomize = whyNoKustomize();
    for (const [what, components, values] of VARIANTS) {
      test(`has the objects of the manifests with ${what}`, { skip: noKustomize ?? false }, () => {
        assert.deepEqual(comparable(charted(program, values)), comparable(kustomized(components)));
      });
    }

    test('has valid objects with all values', () => {
      const objects = charted(program, EVERYTHING);
      for (const object of objects) {
        assert.deepEqual(schemaFaults(object), []);
        assert.equal(object.metadata.labels?.['app.kubernetes.io/name'], 'pod-exporter', object.kind);
        assert.equal(object.metadata.labels['team'], 'platform', object.kind);
      }
      const kinds = new Set(objects.map(({ kind }) => kind));
      for (const kind of ['ConfigMap', 'PrometheusRule', 'RoleBinding', 'DaemonSet']) assert.ok(kinds.has(kind), kind);
    });

    test('may be installed twice in one cluster under other names', () => {
      const names = (objects: readonly Manifest[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      const first = new Set(names(charted(program, EVERYTHING)));
      const second = names(charted(program, { ...EVERYTHING, fullnameOverride: 'pods-two' }, 'two'));
      assert.deepEqual(
        second.filter((name) => first.has(name)),
        [],
      );
    });

    test('passes the strict linter', () => {
      const { status, stderr } = helm(program, 'lint', '--strict', CHART);
      assert.equal(status, 0, stderr);
    });

    for (const [what, flag] of [
      ['an unknown value', 'podMonitors.enabled=true'],
      ['an unknown member', 'podMonitor.enable=true'],
      ['a value of another type', 'volumes.enabled=yes'],
      ['an unknown source of pods', 'pods=docker'],
    ] as const) {
      test(`rejects ${what}`, () => {
        const { status } = helm(program, 'template', 'pod-exporter', CHART, '--set', flag);
        assert.notEqual(status, 0);
      });
    }
  });
}

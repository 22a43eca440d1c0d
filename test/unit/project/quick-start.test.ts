import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Script } from 'node:vm';
import { parse } from 'yaml';
import { field, list } from '../../../src/base/untrusted-json.ts';
import { version } from '../../../src/version.ts';
import { schemaFaults } from '../../support/api-schema.ts';
import { HELMS } from '../../support/helm.ts';
import { objectsOf } from '../../support/kustomize.ts';
import type { Manifest } from '../../support/manifests.ts';

const top = join(import.meta.dirname, '../../..');
const page = readFileSync(join(top, 'docs/quick-start.md'), 'utf8');
const [, yaml = ''] = /```yaml\n([^]*?)```/.exec(page) ?? [];
const deployment = parse(yaml) as Manifest;

/** Arguments of the command of the page that installs the exporter, as those of `helm template`. */
function templateArguments(): readonly string[] {
  const [, command = ''] = /^helm install (pod-exporter [^`]*?)\n```/m.exec(page) ?? [];
  return ['template', ...command.replaceAll('\\\n', ' ').split(/\s+/)]
    .map((argument) => (argument.startsWith('deploy/') ? join(top, argument) : argument))
    .filter((argument) => argument !== '--wait');
}

test('the quick start has a pod in trouble that the API server accepts, with a program that runs', () => {
  assert.deepEqual(schemaFaults(deployment), []);
  const [container] = list(field(field(field(deployment['spec'], 'template'), 'spec'), 'containers'));
  const [program, flag, script] = list(field(container, 'command'));
  assert.deepEqual([program, flag], ['node', '-e']);
  assert.doesNotThrow(() => new Script(String(script)));
  assert.equal(field(container, 'image'), `pod-exporter:${version}`);
});

test('the quick start builds and loads the image that the chart uses', () => {
  const images = [...page.matchAll(/pod-exporter:(\d[\d.]*\d)/g)].map(([, tag]) => tag);
  assert.equal(images.length, 3);
  for (const tag of images) assert.equal(tag, version);
});

test('the quick start names alerts that exist', () => {
  const rules = readFileSync(join(top, 'deploy/rules/alerts.yaml'), 'utf8');
  const [, alert = ''] = /"alertname":"(\w+)"/.exec(page) ?? [];
  assert.match(rules, new RegExp(`alert: ${alert}$`, 'm'));
});

if (HELMS.length === 0) test('the quick start installs the chart', { skip: 'needs helm' }, () => {});

for (const program of HELMS) {
  describe(`the quick start, rendered by ${program}`, () => {
    const objects = objectsOf(program, [...templateArguments(), '--no-hooks', '--kube-version', '1.37.2']);

    test('has valid objects that the Prometheus of kube-prometheus-stack selects', () => {
      for (const object of objects) assert.deepEqual(schemaFaults(object), []);
      const selected = objects.filter(({ kind }) => kind === 'PodMonitor' || kind === 'PrometheusRule');
      assert.deepEqual(
        selected.map(({ metadata }) => metadata.labels?.['release']),
        ['monitoring', 'monitoring', 'monitoring'],
      );
    });

    test('has dashboards for the sidecar of Grafana, and the image that was loaded', () => {
      const dashboards = objects.filter(({ kind }) => kind === 'ConfigMap');
      assert.ok(dashboards.length > 5);
      for (const { metadata } of dashboards) assert.equal(metadata.labels?.['grafana_dashboard'], '1');
      const daemonSet = objects.find(({ kind }) => kind === 'DaemonSet');
      const [container] = list(field(field(field(daemonSet?.['spec'], 'template'), 'spec'), 'containers'));
      assert.equal(field(container, 'image'), `pod-exporter:${version}`);
    });
  });
}

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { field, list } from '../../../src/base/untrusted-json.ts';
import { schemaFaults } from '../../support/api-schema.ts';
import { configOf } from '../../support/config-of.ts';
import { DEPLOY, objectsOf, whyNoKustomize } from '../../support/kustomize.ts';
import type { Manifest } from '../../support/manifests.ts';
import { podSecurityLevel } from '../../support/pod-security.ts';

const POD = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  initContainers: [{ name: 'migrate', image: 'migrate' }],
  containers: [{ name: 'app', image: 'app', ports: [{ name: 'metrics', containerPort: 8080 }] }],
};

function workload(kind: string, name: string, labels: object): object {
  const app = { app: name };
  const template = { metadata: { labels: app }, spec: POD };
  const service = kind === 'StatefulSet' ? { serviceName: name } : {};
  const spec = { selector: { matchLabels: app }, template, ...service };
  return { apiVersion: 'apps/v1', kind, metadata: { name, labels }, spec };
}

/** The reader's own kustomization with the components of the sidecar. */
function withSidecar(workloads: readonly object[]): readonly Manifest[] {
  const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-sidecar-'));
  try {
    symlinkSync(DEPLOY, join(folder, 'deploy'));
    writeFileSync(join(folder, 'apps.yaml'), workloads.map((each) => JSON.stringify(each)).join('\n---\n'));
    const components = ['deploy/components/sidecar', 'deploy/components/sidecar-monitor'];
    const kustomization = { resources: ['apps.yaml'], components, namespace: 'shop' };
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
    return objectsOf('kubectl', ['kustomize', folder]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function podOf({ spec }: Manifest): unknown {
  return field(field(spec, 'template'), 'spec');
}

describe('the component sidecar', { skip: whyNoKustomize() ?? false }, () => {
  const chosen = { 'pod-exporter': 'sidecar' };

  test('is added to Deployments and StatefulSets with the label, and to no others', () => {
    const objects = withSidecar([
      workload('Deployment', 'web', chosen),
      workload('StatefulSet', 'db', chosen),
      workload('Deployment', 'other', {}),
    ]);
    for (const object of objects) {
      assert.deepEqual(schemaFaults(object), []);
      assert.equal(object.metadata.namespace, 'shop');
    }
    const namesOf = (name: string): readonly unknown[] => {
      const found = objects.find(({ kind, metadata }) => kind !== 'PodMonitor' && metadata.name === name);
      assert.ok(found);
      return list(field(podOf(found), 'initContainers')).map((container) => field(container, 'name'));
    };
    assert.deepEqual(new Set(namesOf('web')), new Set(['migrate', 'pod-exporter']));
    assert.deepEqual(new Set(namesOf('db')), new Set(['migrate', 'pod-exporter']));
    assert.deepEqual(namesOf('other'), ['migrate']);
  });

  test('changes neither the selector nor the other containers', () => {
    const web = withSidecar([workload('Deployment', 'web', chosen)]).find(({ kind }) => kind === 'Deployment');
    assert.ok(web);
    assert.deepEqual(field(field(web['spec'], 'selector'), 'matchLabels'), { app: 'web' });
    assert.deepEqual(field(podOf(web), 'containers'), POD.containers);
    assert.deepEqual(field(podOf(web), 'securityContext'), POD.securityContext);
  });

  test('has pods that its PodMonitor selects, and a port of that name', () => {
    const objects = withSidecar([workload('Deployment', 'web', chosen)]);
    const monitor = objects.find(({ kind }) => kind === 'PodMonitor')?.['spec'];
    const web = objects.find(({ kind }) => kind === 'Deployment');
    assert.ok(web);
    const labels = field(field(field(web['spec'], 'template'), 'metadata'), 'labels') as Record<string, string>;
    for (const [name, value] of Object.entries(field(field(monitor, 'selector'), 'matchLabels') as object)) {
      assert.equal(labels[name], value);
    }
    const sidecar = list(field(podOf(web), 'initContainers')).find((each) => field(each, 'name') === 'pod-exporter');
    const [endpoint] = list(field(monitor, 'podMetricsEndpoints'));
    const [port] = list(field(sidecar, 'ports'));
    assert.equal(field(endpoint, 'port'), field(port, 'name'));
  });

  test('is allowed where everything is restricted', () => {
    const [web] = objectsOf('kubectl', ['kustomize', join(DEPLOY, 'overlays/sidecar')]);
    assert.ok(web);
    assert.deepEqual(schemaFaults(web), []);
    assert.equal(podSecurityLevel(podOf(web)), 'restricted');
    const [sidecar] = list(field(podOf(web), 'initContainers'));
    const args = list(field(sidecar, 'args')).map(String);
    const { ownPod } = configOf(args, { POD_NAME: 'web-0', POD_NAMESPACE: 'shop' });
    assert.deepEqual(ownPod, { name: 'web-0', namespace: 'shop' });
    // A container of its own must not rely on the security context of the reader's pod.
    assert.equal(podSecurityLevel({ containers: [sidecar] }), 'restricted');
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { configOf } from '../../support/config-of.ts';
import { OPTIONS } from '../../../src/options.ts';
import { parseQuantity } from '../../../src/pods/records/quantity.ts';
import { field, list, text } from '../../../src/base/untrusted-json.ts';
import { schemaFaults } from '../../support/api-schema.ts';
import { ALL_COMPONENTS, COMPONENTS, kustomized, whyNoKustomize } from '../../support/kustomize.ts';
import { manifests, MEMORY_LIMIT, type Manifest } from '../../support/manifests.ts';
import { podSecurityLevel } from '../../support/pod-security.ts';

const top = join(import.meta.dirname, '../../..');

function path(value: unknown, ...keys: readonly string[]): unknown {
  let found = value;
  for (const key of keys) found = field(found, key);
  return found;
}

describe('the DaemonSet', () => {
  const [daemonSet] = manifests('daemon-set.yaml');
  const pod = path(daemonSet, 'spec', 'template', 'spec');
  const [container] = list(field(pod, 'containers'));

  test('has flags that the program takes, its port and its probes', () => {
    const args = list(field(container, 'args')).map(String);
    const [mount] = list(field(container, 'volumeMounts'));
    assert.deepEqual(args, [`--path.cgroup=${text(field(mount, 'mountPath'))}`]);
    const environment = Object.fromEntries(
      list(field(container, 'env')).map((variable) => [text(field(variable, 'name')) ?? '', 'node1']),
    );
    const config = configOf([], environment);
    assert.equal(config.nodeName, 'node1');
    const [port] = list(field(container, 'ports'));
    assert.equal(field(port, 'containerPort'), config.listen[0]?.port);
    assert.equal(path(container, 'livenessProbe', 'httpGet', 'path'), '/healthz');
    assert.equal(path(container, 'readinessProbe', 'httpGet', 'path'), '/readyz');
  });

  test('asks for no right that it does not need', () => {
    const { hostNetwork, hostIPC, hostPID } = pod as Readonly<Record<string, unknown>>;
    assert.deepEqual([hostPID, hostNetwork, hostIPC], [true, undefined, undefined]);
    const { privileged, ...security } = field(container, 'securityContext') as Readonly<Record<string, unknown>>;
    assert.equal(privileged, undefined);
    const expected = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };
    assert.deepEqual(security, expected);
    assert.deepEqual(path(pod, 'securityContext', 'seccompProfile'), { type: 'RuntimeDefault' });
    for (const mount of list(field(container, 'volumeMounts'))) assert.equal(field(mount, 'readOnly'), true);
    assert.deepEqual(
      list(field(pod, 'volumes')).map((volume) => path(volume, 'hostPath', 'path')),
      ['/sys/fs/cgroup'],
    );
  });

  test('runs as the user of the image, below the limit that the memory test holds', () => {
    const [, user] = /^USER (\d+):\d+$/m.exec(readFileSync(join(top, 'Dockerfile'), 'utf8')) ?? [];
    assert.equal(String(path(pod, 'securityContext', 'runAsUser')), user);
    assert.equal(path(pod, 'securityContext', 'runAsNonRoot'), true);
    assert.equal(parseQuantity(path(container, 'resources', 'limits', 'memory')), MEMORY_LIMIT);
  });

  test('runs on every node', () => {
    assert.deepEqual(field(pod, 'tolerations'), [{ operator: 'Exists' }]);
  });
});

test('the ClusterRole may read pods and nothing else', () => {
  const [, role, binding] = manifests('rbac.yaml');
  assert.deepEqual(field(role, 'rules'), [{ apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] }]);
  assert.deepEqual(path(binding, 'roleRef', 'name'), role?.metadata.name);
});

describe('kustomize', { skip: whyNoKustomize() ?? false }, () => {
  const rendered = (...used: readonly string[]): readonly Manifest[] => kustomized(used);

  test('makes everything that is needed, in one namespace, found by one label', () => {
    const objects = rendered();
    assert.deepEqual(objects.map(({ kind }) => kind).toSorted(), [
      'ClusterRole',
      'ClusterRoleBinding',
      'DaemonSet',
      'Namespace',
      'NetworkPolicy',
      'ResourceQuota',
      'Service',
      'ServiceAccount',
    ]);
    const selectors = objects.flatMap(({ kind, spec }) => {
      if (kind === 'DaemonSet')
        return [path(spec, 'selector', 'matchLabels'), path(spec, 'template', 'metadata', 'labels')];
      if (kind === 'NetworkPolicy') return [path(spec, 'podSelector', 'matchLabels')];
      return kind === 'Service' ? [path(spec, 'selector')] : [];
    });
    assert.equal(selectors.length, 4);
    for (const selector of selectors) assert.deepEqual(selector, { 'app.kubernetes.io/name': 'pod-exporter' });
    for (const { metadata } of objects) assert.equal(metadata.labels?.['app.kubernetes.io/name'], 'pod-exporter');
  });

  /** Flags of a container, as the program takes them. */
  function assertFlags(spec: unknown): void {
    for (const container of [...list(field(spec, 'initContainers')), ...list(field(spec, 'containers'))]) {
      if (field(container, 'name') !== 'pod-exporter') continue;
      const args = list(field(container, 'args')).map(String);
      // Where they point to is there in the container alone.
      const flags = args.filter((arg) => !arg.startsWith('--path.'));
      for (const arg of args) assert.ok((arg.slice(2).split('=', 1)[0] as string) in OPTIONS, arg);
      const scope = flags.includes('--scope=pod') ? { POD_NAME: 'web-0', POD_NAMESPACE: 'shop' } : {};
      assert.doesNotThrow(() => configOf(flags, scope));
    }
  }

  /** Whatever runs pods, by what they are like. */
  function podSpecs(objects: readonly Manifest[]): readonly unknown[] {
    return objects.flatMap(({ kind, spec }) =>
      ['DaemonSet', 'Deployment'].includes(kind) ? [path(spec, 'template', 'spec')] : [],
    );
  }

  /** A monitor looks for its targets in its own namespace. */
  function assertMonitor({ metadata, spec }: Manifest, scheme: string | undefined): void {
    assert.equal(metadata.namespace, 'pod-exporter');
    assert.deepEqual(path(spec, 'selector', 'matchLabels'), { 'app.kubernetes.io/name': 'pod-exporter' });
    for (const endpoint of list(path(spec, 'endpoints') ?? path(spec, 'podMetricsEndpoints'))) {
      assert.equal(field(endpoint, 'scheme'), scheme);
    }
  }

  /** The namespace says that it is privileged, because of hostPID and hostPath; the container itself is not. */
  function assertModest(spec: unknown): void {
    assert.equal(podSecurityLevel(spec), 'privileged');
    for (const container of list(field(spec, 'containers'))) {
      const { capabilities, privileged } = field(container, 'securityContext') as Readonly<Record<string, unknown>>;
      assert.deepEqual([capabilities, privileged], [{ drop: ['ALL'] }, undefined]);
      for (const mount of list(field(container, 'volumeMounts'))) assert.equal(field(mount, 'readOnly'), true);
    }
  }

  for (const [component, used] of COMPONENTS) {
    test(`takes the component ${component}`, () => {
      const objects = rendered(...used);
      assert.notDeepEqual(objects, rendered(...used.filter((name) => name !== component)));
      for (const object of objects) {
        assert.deepEqual(schemaFaults(object), []);
        if (object.kind.endsWith('Monitor')) assertMonitor(object, used.includes('tls') ? 'https' : undefined);
      }
      for (const spec of podSpecs(objects)) {
        assertFlags(spec);
        assertModest(spec);
      }
    });
  }

  test('applies all of them at once', () => {
    for (const object of rendered(...ALL_COMPONENTS)) assert.deepEqual(schemaFaults(object), []);
  });

  test('mounts follow the node where they have to', () => {
    const [spec] = podSpecs(rendered('volumes'));
    const [container] = list(field(spec, 'containers'));
    const mounts = list(field(container, 'volumeMounts')).map((mount) => [
      field(mount, 'name'),
      field(mount, 'mountPropagation'),
    ]);
    assert.deepEqual(mounts, [
      ['cgroup', undefined],
      ['root', 'HostToContainer'],
      ['kubelet', 'HostToContainer'],
    ]);
  });
});

describe('the check of manifests', () => {
  const pod: Manifest = {
    kind: 'Pod',
    metadata: { name: 'p' },
    apiVersion: 'v1',
    spec: { containers: [{ name: 'c' }] },
  };

  test('knows fields and types', () => {
    assert.deepEqual(schemaFaults(pod), []);
    assert.deepEqual(schemaFaults({ ...pod, spec: { containers: [{ name: 'c', imagee: 'x' }] } }), [
      'Pod.spec.containers[0] has no field imagee',
    ]);
    assert.deepEqual(schemaFaults({ ...pod, spec: { containers: [{ name: 1 }] } }), [
      'Pod.spec.containers[0].name is no string',
    ]);
    assert.deepEqual(schemaFaults({ ...pod, kind: 'ServiceMonitor', spec: { endpoints: [{ prt: 'x' }] } }), [
      'ServiceMonitor has no field endpoints.*.prt',
    ]);
  });

  test('distinguishes the levels of Pod Security', () => {
    const securityContext = {
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    };
    const restricted = { containers: [{ name: 'c', securityContext }] };
    assert.equal(podSecurityLevel(restricted), 'restricted');
    assert.equal(podSecurityLevel({ containers: [{ name: 'c' }] }), 'baseline');
    assert.equal(podSecurityLevel({ ...restricted, hostPID: true }), 'privileged');
    assert.equal(podSecurityLevel({ ...restricted, volumes: [{ name: 'v', hostPath: { path: '/' } }] }), 'privileged');
  });
});

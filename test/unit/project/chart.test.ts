import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { field } from '../../../src/base/untrusted-json.ts';
import { schemaFaults } from '../../support/api-schema.ts';
import { CHART, charted, helm, HELMS } from '../../support/helm.ts';
import { kustomized, whyNoKustomize } from '../../support/kustomize.ts';
import type { Manifest } from '../../support/manifests.ts';

/** What the manifests and the chart call by different names. */
const VARIANTS: readonly (readonly [what: string, components: readonly string[], values: object])[] = [
  ['nothing', [], {}],
  ['volumes', ['volumes'], { 'volumes.enabled': true }],
  ['monitors', ['pod-monitor', 'service-monitor'], { 'podMonitor.enabled': true, 'serviceMonitor.enabled': true }],
  ['rules', ['alerts', 'recording-rules'], { 'alerts.enabled': true, 'recordingRules.enabled': true }],
  ['metadata from the kubelet', ['kubelet'], { pods: 'kubelet' }],
  ['the role for Prometheus', ['prometheus-rbac'], { 'prometheus.rbac': true }],
  [
    'delegated authentication',
    ['service-monitor', 'tls', 'delegated-auth'],
    { 'serviceMonitor.enabled': true, 'web.secretName': 'pod-exporter-web', 'web.auth': 'kubernetes' },
  ],
  [
    'the series of the kubelet',
    ['cadvisor-compat', 'volumes', 'volume-stats'],
    { 'cadvisorCompat.enabled': true, 'volumes.enabled': true, 'volumeStats.enabled': true },
  ],
  [
    'TLS, passwords, monitors and metrics-server',
    ['pod-monitor', 'service-monitor', 'cadvisor-compat', 'tls', 'basic-auth', 'metrics-server'],
    {
      'web.basicAuth.secretName': 'pod-exporter-login',
      'podMonitor.enabled': true,
      'serviceMonitor.enabled': true,
      'cadvisorCompat.enabled': true,
      'web.secretName': 'pod-exporter-web',
      'metricsServer.enabled': true,
    },
  ],
  [
    'client certificates',
    ['pod-monitor', 'service-monitor', 'cadvisor-compat', 'tls', 'client-certificates'],
    {
      'podMonitor.enabled': true,
      'serviceMonitor.enabled': true,
      'cadvisorCompat.enabled': true,
      'web.secretName': 'pod-exporter-web',
      'web.clientCertificate.secretName': 'pod-exporter-client',
    },
  ],
  [
    'cert-manager',
    ['service-monitor', 'tls', 'cert-manager'],
    { 'serviceMonitor.enabled': true, 'web.certManager.enabled': true },
  ],
  [
    'cert-manager and client certificates',
    ['service-monitor', 'tls', 'cert-manager', 'client-certificates'],
    {
      'serviceMonitor.enabled': true,
      'web.certManager.enabled': true,
      'web.clientCertificate.secretName': 'pod-exporter-client',
    },
  ],
];

/** All values at once. */
const EVERYTHING = {
  'image.digest': `sha256:${'0'.repeat(64)}`,
  imagePullSecrets: [{ name: 'registry' }],
  commonLabels: { team: 'platform' },
  'serviceAccount.annotations': { a: 'b' },
  pods: 'kubelet',
  extraArgs: ['--log.format=json'],
  extraEnv: [{ name: 'TZ', value: 'UTC' }],
  affinity: { nodeAffinity: {} },
  podAnnotations: { a: 'b' },
  podLabels: { c: 'd' },
  'volumes.enabled': true,
  'volumes.kubeletDirectory': '/var/lib/k0s/kubelet',
  'web.secretName': 'web',
  'web.auth': 'kubernetes',
  'web.basicAuth.secretName': 'login',
  'web.clientCertificate.secretName': 'client',
  'web.certManager.enabled': true,
  'podMonitor.enabled': true,
  'podMonitor.interval': '15s',
  'podMonitor.labels': { release: 'kps' },
  'serviceMonitor.enabled': true,
  'serviceMonitor.scrapeTimeout': '10s',
  'cadvisorCompat.enabled': true,
  'volumeStats.enabled': true,
  'metricsServer.enabled': true,
  'alerts.enabled': true,
  'recordingRules.enabled': true,
  'dashboards.enabled': true,
  'dashboards.annotations': { grafana_folder: 'Pods' },
  'prometheus.rbac': true,
};

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

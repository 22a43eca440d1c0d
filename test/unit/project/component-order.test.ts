import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { field, list, text } from '../../../src/base/untrusted-json.ts';
import { selfSigned, whyNoCertificates } from '../../support/certificates.ts';
import { ExporterProcess } from '../../support/exporter-process.ts';
import { kustomized, MONITORS, whyNoKustomize } from '../../support/kustomize.ts';
import type { Manifest } from '../../support/manifests.ts';

/** Components that patch others: what they need before them, and what they do to every monitor. */

function endpointsOf(objects: readonly Manifest[]): readonly unknown[] {
  return objects
    .filter(({ kind }) => kind.endsWith('Monitor'))
    .flatMap(({ spec }) => list(field(spec, 'endpoints') ?? field(spec, 'podMetricsEndpoints')));
}

describe('components in the wrong order', { skip: whyNoKustomize() ?? false }, () => {
  for (const monitor of MONITORS) {
    test(`tls before ${monitor} is an error`, () => {
      assert.throws(() => kustomized(['tls', monitor]), /testing value \S+\/livenessProbe\/httpGet\/scheme failed/);
    });

    test(`delegated-auth before ${monitor} is an error that names the order`, () => {
      const error = /list the component delegated-auth after the monitors/;
      assert.throws(() => kustomized(['delegated-auth', monitor]), error);
    });
  }

  for (const other of [...MONITORS, 'basic-auth', 'cert-manager']) {
    test(`client-certificates before ${other} is an error`, () => {
      assert.throws(() => kustomized(['tls', 'client-certificates', other]), /httpGet\/scheme/);
    });
  }

  for (const component of ['basic-auth', 'cert-manager', 'client-certificates']) {
    test(`${component} without tls before it is an error`, () => {
      assert.throws(() => kustomized(['service-monitor', component]), /httpGet\/scheme/);
      assert.throws(() => kustomized(['service-monitor', component, 'tls']), /httpGet\/scheme/);
    });
  }
});

describe('components that patch monitors', { skip: whyNoKustomize() ?? false }, () => {
  test('reach every endpoint of every monitor', () => {
    const endpoints = endpointsOf(kustomized([...MONITORS, 'tls', 'basic-auth', 'client-certificates']));
    assert.equal(endpoints.length, 5);
    for (const endpoint of endpoints) {
      assert.equal(field(endpoint, 'scheme'), 'https');
      assert.deepEqual(field(endpoint, 'tlsConfig'), {
        ca: { secret: { name: 'pod-exporter-web', key: 'ca.crt' } },
        cert: { secret: { name: 'pod-exporter-client', key: 'tls.crt' } },
        keySecret: { name: 'pod-exporter-client', key: 'tls.key' },
        serverName: 'pod-exporter',
      });
      assert.deepEqual(field(endpoint, 'basicAuth'), {
        username: { name: 'pod-exporter-login', key: 'username' },
        password: { name: 'pod-exporter-login', key: 'password' },
      });
    }
  });

  test('kubelet_volume_stats_* are scraped by the component of that name alone', () => {
    const pathsWith = (component: string): readonly unknown[] =>
      endpointsOf(kustomized([component])).map((endpoint) => field(endpoint, 'path'));
    assert.deepEqual(pathsWith('cadvisor-compat'), ['/metrics/cadvisor', '/metrics/resource']);
    assert.deepEqual(pathsWith('volume-stats'), ['/metrics/kubelet']);
  });
});

describe('the component cert-manager', { skip: whyNoKustomize() ?? whyNoCertificates }, () => {
  test('mounts a configuration with which the exporter serves TLS under the name that monitors verify', async (t) => {
    const objects = kustomized(['service-monitor', 'tls', 'cert-manager']);
    const spec = (kind: string, name: string): unknown =>
      objects.find((object) => object.kind === kind && object.metadata.name === name);
    const certificate = field(spec('Certificate', 'pod-exporter'), 'spec');
    const [endpoint] = endpointsOf(objects);
    assert.deepEqual(field(certificate, 'dnsNames'), [field(field(endpoint, 'tlsConfig'), 'serverName')]);

    const pod = field(field(field(spec('DaemonSet', 'pod-exporter'), 'spec'), 'template'), 'spec');
    const web = list(field(pod, 'volumes')).find((volume) => field(volume, 'name') === 'web');
    const [secret, configMap] = list(field(field(web, 'projected'), 'sources'));
    assert.equal(field(web, 'secret'), undefined);
    assert.equal(field(field(secret, 'secret'), 'name'), field(certificate, 'secretName'));
    const data = field(spec('ConfigMap', text(field(field(configMap, 'configMap'), 'name')) ?? ''), 'data');

    const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-web-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const { key, cert } = selfSigned('DNS:pod-exporter');
    // The keys of a Secret of cert-manager.
    const files = { 'tls.crt': cert, 'tls.key': key, 'ca.crt': cert, ...(data as Record<string, string>) };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const flag = `--web.config.file=${join(folder, 'web.yml')}`;
    const exporter = await ExporterProcess.start(['--pods=none', flag]);
    t.after(() => exporter.stop());
    assert.match(exporter.log, /msg=listening .*tls=enabled/);
  });
});

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { field, list, text } from '../../../src/base/untrusted-json.ts';
import { schemaFaults } from '../../support/api-schema.ts';
import { authority, selfSigned, signedBy, whyNoCertificates } from '../../support/certificates.ts';
import { CHART, charted, helm, HELMS, hooks } from '../../support/helm.ts';
import { ExporterProcess } from '../../support/exporter-process.ts';
import { podSecurityLevel } from '../../support/pod-security.ts';
import { Program, type Ending } from '../../support/program.ts';

/** What Helm does with an installed release: notes, upgrade and `helm test`. */

const TLS = { 'web.secretName': 'web', 'web.serverName': 'exporter.test' };

/** Runs the container of the test pod here, against the exporter at `host`. */
function runTestPod(pod: unknown, host: string, files: Readonly<Record<string, string>> = {}): Promise<Ending> {
  const [container] = list(field(field(pod, 'spec'), 'containers'));
  const variables = list(field(container, 'env')).map((entry) => [text(field(entry, 'name')), field(entry, 'value')]);
  const env = { ...(Object.fromEntries(variables) as Record<string, string>), HOST: host };
  const [, ...flags] = list(field(container, 'command')).map(String);
  const args = [...flags, ...list(field(container, 'args')).map(String)];
  return Program.run([process.execPath, ...args], { env: { ...env, ...files } });
}

function folderFor(t: { after: (clean: () => void) => void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-chart-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

if (HELMS.length === 0) test('the chart', { skip: 'needs helm' }, () => {});

for (const program of HELMS) {
  describe(`a release of the chart by ${program}`, () => {
    test('has notes of five lines with the names of the release', (t) => {
      const flags = ['--dry-run=client', '--namespace', 'metrics', '--set', 'fullnameOverride=pods'];
      const { status, stderr } = helm(program, 'install', 'mine', CHART, ...flags);
      if (stderr.includes('cluster unreachable')) {
        t.skip('this version of Helm needs a cluster for it');
        return;
      }
      assert.equal(status, 0, stderr);
      const [, notes = ''] = stderr.split('\nNOTES:\n');
      const lines = notes.trim().split('\n');
      assert.equal(lines.length, 5, notes);
      assert.match(notes, /kubectl -n metrics rollout status daemonset\/pods$/m);
      assert.match(notes, /helm test mine -n metrics$/m);
    });

    test('keeps its selectors in an upgrade', (t) => {
      const next = join(folderFor(t), 'pod-exporter');
      cpSync(CHART, next, { recursive: true });
      const file = join(next, 'Chart.yaml');
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/ersion: \d.*/g, 'ersion: 9.9.9'));
      const values = { 'podMonitor.enabled': true, 'serviceMonitor.enabled': true, 'commonLabels.team': 'b' };
      const before = charted(program, {});
      const after = charted(program, values, 'pod-exporter', next);
      assert.equal(after[0]?.metadata.labels?.['app.kubernetes.io/version'], '9.9.9');
      const selectorOf = (objects: typeof before, kind: string) =>
        field(objects.find((object) => object.kind === kind)?.['spec'], 'selector');
      for (const kind of ['DaemonSet', 'Service']) {
        assert.deepEqual(selectorOf(after, kind), selectorOf(before, kind), kind);
      }
    });

    test('is tested by a pod that the level restricted admits and that no selector of the release selects', () => {
      for (const values of [{}, TLS, { ...TLS, 'web.clientCertificate.secretName': 'client' }]) {
        const [pod] = hooks(program, values);
        assert.ok(pod);
        assert.deepEqual(schemaFaults(pod), []);
        assert.equal(podSecurityLevel(pod['spec']), 'restricted');
        assert.equal(pod.metadata.labels?.['app.kubernetes.io/name'], 'pod-exporter-test');
      }
    });

    test('passes its test with a ready exporter, and fails without one', async (t) => {
      const [pod] = hooks(program, {});
      const exporter = await ExporterProcess.start(['--pods=none']);
      t.after(() => exporter.stop());
      await exporter.ready();
      const host = new URL(exporter.url).host;
      const passed = await runTestPod(pod, host);
      assert.equal(passed.code, 0, passed.stderr);
      await exporter.stop();
      assert.equal((await runTestPod(pod, host)).code, 1);
    });

    test('verifies the name in the certificate', { skip: whyNoCertificates }, async (t) => {
      const folder = folderFor(t);
      const { key, cert } = selfSigned('DNS:exporter.test');
      writeFileSync(join(folder, 'ca.crt'), cert);
      writeFileSync(join(folder, 'tls.key'), key);
      writeFileSync(join(folder, 'web.yml'), 'tls_server_config: { cert_file: ca.crt, key_file: tls.key }');
      const exporter = await ExporterProcess.start(['--pods=none', `--web.config.file=${join(folder, 'web.yml')}`]);
      t.after(() => exporter.stop());
      const host = new URL(exporter.url).host;
      const files = { CA_FILE: join(folder, 'ca.crt') };
      const passed = await runTestPod(hooks(program, TLS)[0], host, files);
      assert.equal(passed.code, 0, passed.stderr);
      const other = hooks(program, { ...TLS, 'web.serverName': 'other.test' })[0];
      const failed = await runTestPod(other, host, files);
      assert.equal(failed.code, 1);
      assert.match(failed.stderr, /does not match certificate/);
    });

    test('authenticates with the client certificate of Prometheus', { skip: whyNoCertificates }, async (t) => {
      const folder = folderFor(t);
      const server = selfSigned('DNS:exporter.test');
      const clients = authority('clients');
      const client = signedBy(clients);
      const web =
        'tls_server_config: { cert_file: ca.crt, key_file: tls.key, client_ca_file: clients.crt, client_auth_type: RequireAndVerifyClientCert }';
      const contents = {
        'ca.crt': server.cert,
        'tls.key': server.key,
        'clients.crt': clients.cert,
        'client.crt': client.cert,
        'client.key': client.key,
        'web.yml': web,
      };
      for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder, name), content);
      const exporter = await ExporterProcess.start(['--pods=none', `--web.config.file=${join(folder, 'web.yml')}`]);
      t.after(() => exporter.stop());
      const host = new URL(exporter.url).host;
      const [pod] = hooks(program, { ...TLS, 'web.clientCertificate.secretName': 'client' });
      const file = (name: string): string => join(folder, name);
      const files = { CA_FILE: file('ca.crt'), CERT_FILE: file('client.crt'), KEY_FILE: file('client.key') };
      const passed = await runTestPod(pod, host, files);
      assert.equal(passed.code, 0, passed.stderr);
      const stranger = { CERT_FILE: file('ca.crt'), KEY_FILE: file('tls.key') };
      assert.equal((await runTestPod(pod, host, { ...files, ...stranger })).code, 1);
    });
  });
}

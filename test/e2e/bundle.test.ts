import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { stringify } from 'yaml';

import { bundleExporter } from '../../scripts/bundle.ts';
import { RUNTIME_ENVIRONMENT, RUNTIME_FLAGS } from '../../scripts/runtime.ts';
import { httpRequest } from '../support/http-client.ts';
import { selfSigned, whyNoCertificates } from '../support/certificates.ts';
import type { Certificate } from '../support/certificates.ts';
import { wasEvaluated } from '../support/evaluated.ts';
import { GOLDEN_FLAGS, recordedFlags } from '../support/exporter-flags.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { Program } from '../support/program.ts';
import { goldenNodes } from '../support/recorded-node.ts';
import { serveNode } from '../support/served-node.ts';
import type { ServedNode } from '../support/served-node.ts';
import { equals, until } from '../support/until.ts';
import { assertComplete } from '../support/complete-exposition.ts';
import type { Argv } from '../support/workloads.ts';

/** Stands in the client's code where it is run as soon as it is loaded. */
const CLIENT = '"/namespace"';
/** The same of the YAML library. */
const YAML = 'tag:yaml.org,2002:map';

const needsOpenssl = { skip: whyNoCertificates };

describe('the bundle, alone in a folder', () => {
  let folder: string;
  let file: string;
  let bundle: Argv;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pod-exporter-bundle-'));
    file = join(folder, 'pod-exporter.mjs');
    bundle = [process.execPath, ...RUNTIME_FLAGS, file];
    await bundleExporter(file);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  test('reports its version', async () => {
    const { code, stdout, stderr } = await Program.run([...bundle, '--version'], { env: RUNTIME_ENVIRONMENT });
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `pod-exporter ${version}\n`, stderr: '' });
  });

  for (const node of goldenNodes()) {
    const golden = (): string => readFileSync(node.expected, 'utf8');

    test(`${node.name}: prints the golden text, and loads neither the client nor YAML for a list in JSON`, async () => {
      const coverage = join(folder, `${node.name}-json`);
      const flags = ['--once', ...recordedFlags(node), ...GOLDEN_FLAGS];
      const { code, stdout, stderr } = await Program.run([...bundle, ...flags], {
        env: { NODE_V8_COVERAGE: coverage },
      });
      assert.equal(code, 0, stderr);
      assert.equal(stdout.slice(0, golden().length), golden());
      assert.equal(wasEvaluated(coverage, file, CLIENT), false);
      assert.equal(wasEvaluated(coverage, file, YAML), false);
    });

    test(`${node.name}: prints the golden text, and loads no client for a list in YAML`, async () => {
      const coverage = join(folder, `${node.name}-yaml`);
      const path = join(folder, `${node.name}.yaml`);
      writeFileSync(path, stringify(JSON.parse(readFileSync(join(node.folder, 'pods.json'), 'utf8'))));
      const flags = ['--once', ...recordedFlags(node), `--pods=file:${path}`, ...GOLDEN_FLAGS];
      const { code, stdout, stderr } = await Program.run([...bundle, ...flags], {
        env: { NODE_V8_COVERAGE: coverage },
      });
      assert.equal(code, 0, stderr);
      assert.equal(stdout.slice(0, golden().length), golden());
      assert.equal(wasEvaluated(coverage, file, CLIENT), false);
      assert.equal(wasEvaluated(coverage, file, YAML), true);
    });
  }

  describe('gets pods from an API server', () => {
    async function serve(
      t: TestContext,
      flags: readonly string[],
      env = {},
    ): Promise<{ program: Program; url: string }> {
      const program = await Program.start([...bundle, '--web.listen-address=127.0.0.1:0', ...flags], { env });
      t.after(() => program.stop());
      return { program, url: await program.listening() };
    }

    /** Asserts that the exporter names the pods, and ends well. */
    async function assertNames({ node, apiServer }: ServedNode, { program, url }: { program: Program; url: string }) {
      await until('the watch', () => apiServer.openWatches, equals(1));
      assertComplete((await httpRequest(`${url}/metrics`)).text, node);
      program.signal('SIGTERM');
      const { code, stderr } = await program.exits();
      assert.equal(code, 0);
      assert.doesNotMatch(stderr, /level=(?:warn|error) msg="(?:list|watch)ing pods/);
      assert.ok(!stderr.includes(apiServer.token));
    }

    test('with a token over plain HTTP, for which it loads the client', async (t) => {
      const served = await serveNode(t);
      const coverage = join(folder, 'api');
      await assertNames(served, await serve(t, served.flags, { NODE_V8_COVERAGE: coverage }));
      assert.equal(wasEvaluated(coverage, file, CLIENT), true);
    });

    test('with a token from a program', async (t) => {
      const served = await serveNode(t);
      const { apiServer, proxy } = served;
      const plugin = join(served.node.folder, 'plugin');
      const credential = {
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        status: { token: apiServer.token },
      };
      writeFileSync(plugin, `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`, { mode: 0o755 });
      const exec = { apiVersion: credential.apiVersion, command: plugin, interactiveMode: 'Never' };
      const flags = withKubeconfig(served, { server: proxy.url }, { exec });
      await assertNames(served, await serve(t, flags));
    });

    test('over TLS with a trusted certificate', needsOpenssl, async (t) => {
      const served = await serveNode(t);
      const { certificate, proxy } = await serveTls(t, served);
      const authority = Buffer.from(certificate.cert).toString('base64');
      const cluster = { server: proxy.url, 'certificate-authority-data': authority };
      await assertNames(served, await serve(t, withKubeconfig(served, cluster, { token: served.apiServer.token })));
    });

    test('not over TLS with an untrusted certificate', needsOpenssl, async (t) => {
      const served = await serveNode(t);
      const { proxy } = await serveTls(t, served);
      const flags = withKubeconfig(served, { server: proxy.url }, { token: served.apiServer.token });
      const { program, url } = await serve(t, flags);
      await program.logs(/level=warn msg="cannot list pods[^\n]*SELF_SIGNED_CERT/);
      assert.equal((await httpRequest(`${url}/readyz`)).status, 503);
      assert.equal(served.apiServer.requests.length, 0);
      program.signal('SIGTERM');
      const { code, stderr } = await program.exits();
      assert.equal(code, 0);
      assert.ok(!stderr.includes(served.apiServer.token));
    });
  });
});

/** A proxy to the API server that speaks TLS. */
async function serveTls(
  t: TestContext,
  { apiServer }: ServedNode,
): Promise<{ readonly certificate: Certificate; readonly proxy: TcpProxy }> {
  const certificate = selfSigned();
  const proxy = await TcpProxy.to(apiServer.url, certificate);
  t.after(() => proxy.refuse());
  return { certificate, proxy };
}

/** Flags with a kubeconfig of this cluster and this user. */
function withKubeconfig({ node }: ServedNode, cluster: object, user: object): readonly string[] {
  const path = join(node.folder, 'kubeconfig-other');
  // YAML takes JSON.
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'stand-in', cluster }],
    users: [{ name: 'exporter', user }],
    contexts: [{ name: 'stand-in', context: { cluster: 'stand-in', user: 'exporter' } }],
    'current-context': 'stand-in',
  };
  writeFileSync(path, JSON.stringify(config));
  return [...node.flags, '--pods=api', `--kubeconfig=${path}`];
}

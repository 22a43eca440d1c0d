import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { recordedFlags } from '../support/exporter-flags.ts';
import { kubeconfig } from '../support/kubeconfig.ts';
import { EXPORTER, Program } from '../support/program.ts';
import { goldenNode } from '../support/recorded-node.ts';
import { ReviewServer } from '../support/review-server.ts';

const PROMETHEUS = 'system:serviceaccount:monitoring:prometheus';
const node = goldenNode('v2-systemd');

describe('--web.auth=kubernetes', () => {
  let folder: string;
  let server: ReviewServer;
  let program: Program;
  let url: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pod-exporter-auth-'));
    server = await ReviewServer.start();
    server.addToken('prometheus-token', PROMETHEUS);
    const metrics = { verb: 'get', version: 'v1', resource: 'nodes', subresource: 'metrics', name: 'node1' };
    server.grant(PROMETHEUS, metrics);
    writeFileSync(join(folder, 'config'), kubeconfig(server.url, 'exporter-token'));
    writeFileSync(join(folder, 'web.yml'), `basic_auth_users:\n  alice: ${hashSync('secret', 4)}\n`);
    const flags = ['--web.listen-address=127.0.0.1:0', '--web.auth=kubernetes', `--web.config.file=${folder}/web.yml`];
    program = await Program.start([
      ...EXPORTER,
      ...flags,
      `--kubeconfig=${folder}/config`,
      '--log.level=debug',
      ...recordedFlags(node),
    ]);
    url = await program.listening();
    await program.logs(/msg=found/);
  });

  after(async () => {
    await program.stop();
    await server.close();
    rmSync(folder, { recursive: true });
  });

  async function get(path: string, authorization?: string): Promise<Response> {
    return fetch(url + path, authorization === undefined ? {} : { headers: { Authorization: authorization } });
  }

  test('answers a token whose user may get nodes/metrics, and only what it may get', async () => {
    const metrics = await get('/metrics', 'Bearer prometheus-token');
    assert.equal(metrics.status, 200);
    assert.match(await metrics.text(), /^container_cpu_usage_seconds_total/m);
    assert.equal((await get('/metrics/cadvisor', 'Bearer prometheus-token')).status, 200);
    for (const path of ['/stats/summary', '/api/v1/pods', '/no/such/path']) {
      const { status } = await get(path, 'Bearer prometheus-token');
      assert.equal(status, 403, path);
    }
  });

  test('requires credentials, and names both kinds', async () => {
    const response = await get('/metrics');
    assert.equal(response.status, 401);
    assert.equal(
      response.headers.get('www-authenticate'),
      'Basic realm="pod-exporter", charset="UTF-8", Bearer realm="pod-exporter"',
    );
    assert.equal(await response.text(), 'bearer token required\n');
    assert.equal((await get('/metrics', 'Bearer other')).status, 401);
  });

  test('leaves users of the web configuration and probes as they are', async () => {
    const basic = (password: string): string => `Basic ${Buffer.from(`alice:${password}`).toString('base64')}`;
    assert.equal((await get('/stats/summary', basic('secret'))).status, 200);
    assert.equal((await get('/metrics', basic('wrong'))).status, 401);
    assert.equal((await get('/healthz')).status, 200);
    assert.equal((await get('/readyz')).status, 200);
  });

  test('sends the credentials of the exporter, and logs no token', () => {
    assert.equal(server.requests[0]?.authorization, 'Bearer exporter-token');
    assert.match(program.stderr, /level=warn msg="receiving bearer tokens without TLS/);
    assert.match(program.stderr, /msg=listening .*authentication="?basic,kubernetes"?/);
    assert.match(program.stderr, /method=POST path=\/apis\/authentication\.k8s\.io\/v1\/tokenreviews/);
    assert.doesNotMatch(program.stderr, /exporter-token|prometheus-token|Bearer other/);
  });
});

for (const [what, flags, message] of [
  [
    'without credentials',
    ['--node-name=node1'],
    /--web\.auth=kubernetes requires in-cluster credentials or --kubeconfig/,
  ],
  ['without a node name', ['--node-name='], /--web\.auth=kubernetes requires a node name: set NODE_NAME/],
  ['of another kind', ['--web.auth=token'], /--web\.auth: "token" is not none or kubernetes/],
] as const) {
  test(`--web.auth=kubernetes ${what} exits with one line`, async () => {
    const argv = [...EXPORTER, '--web.listen-address=127.0.0.1:0', '--web.auth=kubernetes', '--pods=none', ...flags];
    const { code, stderr } = await Program.run(argv, { env: { KUBERNETES_SERVICE_HOST: '', NODE_NAME: '' } });
    assert.notEqual(code, 0);
    assert.match(stderr, message);
    assert.equal(
      stderr
        .trim()
        .split('\n')
        .filter((line) => !line.includes('level=info')).length,
      1,
      stderr,
    );
  });
}

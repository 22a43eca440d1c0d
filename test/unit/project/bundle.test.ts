import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { after, before, describe, test } from 'node:test';
import { bundleExporter } from '../../../scripts/bundle.ts';
import { version } from '../../../src/version.ts';

const recorded = join(import.meta.dirname, '../../golden/nodes/v2-systemd');
const node = [
  `--path.procfs=${recorded}/node/proc`,
  `--path.cgroup=${recorded}/node/sys/fs/cgroup`,
  '--node-name=node1',
];

describe('the bundle', () => {
  let folder: string;
  let program: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pod-exporter-bundle-'));
    program = join(folder, 'pod-exporter.mjs');
    await bundleExporter(program);
  });

  after(() => rmSync(folder, { recursive: true }));

  test('is one file, with the licences of what is in it beside it', () => {
    assert.deepEqual(readdirSync(folder).toSorted(), ['pod-exporter.mjs', 'pod-exporter.mjs.LEGAL.txt']);
  });

  test('names the licences of the packages in the live page, and has the page in it', () => {
    const licences = readFileSync(`${program}.LEGAL.txt`, 'utf8');
    for (const name of ['preact', 'uplot']) assert.match(licences, new RegExp(`^${name}:\\n  The MIT License`, 'm'));
    const data = /data:application\/gzip;base64,([\w+/=]+)/.exec(readFileSync(program, 'utf8'))?.[1] ?? '';
    assert.match(gunzipSync(Buffer.from(data, 'base64')).toString(), /api\/v1\/pods/);
  });

  test('is ASCII, because V8 would store other text in two bytes per character', () => {
    const bytes = readFileSync(program);
    assert.ok(bytes.every((byte) => byte < 0x80));
  });

  test('loads neither undici nor HTTP/2', () => {
    const list = 'process.on("exit", () => console.error(process.moduleLoadList.join()))';
    const hook = join(folder, 'hook.cjs');
    writeFileSync(hook, list);
    const { status, stderr } = spawnSync(process.execPath, ['--require', hook, program, '--once', ...node], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    assert.equal(status, 0, stderr);
    assert.match(stderr, /NativeModule _http_server/);
    assert.doesNotMatch(stderr, /undici|http2/);
  });

  test('prints its version', () => {
    assert.equal(
      execFileSync(process.execPath, [program, '--version'], { encoding: 'utf8' }),
      `pod-exporter ${version}\n`,
    );
  });

  test('reads pods in YAML', () => {
    const pods = join(folder, 'pods.yaml');
    writeFileSync(
      pods,
      'apiVersion: v1\nkind: PodList\nitems:\n  - metadata: {name: a, namespace: b, uid: c}\n    spec: {nodeName: node1}\n',
    );
    const { status, stderr } = spawnSync(process.execPath, [program, '--once', ...node, `--pods=file:${pods}`], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    assert.equal(status, 0, stderr);
  });

  test('has what asks a kubelet in it', () => {
    const kubeconfig = join(folder, 'kubeconfig');
    const server = 'https://127.0.0.1:1';
    const user = 'tokenFile: token';
    writeFileSync(join(folder, 'token'), 'token');
    writeFileSync(
      kubeconfig,
      `clusters: [{name: c, cluster: {server: "${server}"}}]\nusers: [{name: u, user: {${user}}}]\n` +
        'contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n',
    );
    const options = ['--once', ...node, '--pods=kubelet', `--kubeconfig=${kubeconfig}`, `--kubelet-url=${server}`];
    const { status, stderr } = spawnSync(process.execPath, [program, ...options], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /connection failed: ECONNREFUSED/);
  });

  test('has the client of the API server in it', () => {
    const options = ['--once', ...node, '--pods=api', `--kubeconfig=${join(folder, 'none')}`];
    const { status, stderr } = spawnSync(process.execPath, [program, ...options], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /kubeconfig/);
    assert.doesNotMatch(stderr, /Cannot find (?:module|package)|Dynamic require/);
  });
});

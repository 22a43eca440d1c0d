import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { bundleExporter } from '../../scripts/bundle.ts';
import { RUNTIME_ENVIRONMENT, RUNTIME_FLAGS } from '../../scripts/runtime.ts';
import { httpRequest } from '../support/http-client.ts';
import { selfSigned, whyNoCertificates } from '../support/certificates.ts';
import { Cleanup } from '../support/cleanup.ts';
import { HungMount, whyNoHungMount } from '../support/hung-mount.ts';
import { kubeconfig } from '../support/kubeconfig.ts';
import { PlainNode } from '../support/plain-node.ts';
import { Program } from '../support/program.ts';
import { SampleTable } from '../support/sample-table.ts';
import { equals, until } from '../support/until.ts';
import { KubeletStandIn } from '../unit/pods/sources/kubelet-stand-in.ts';

const BYTES = 'container_ephemeral_storage_bytes';
const TIME = 'container_ephemeral_storage_timestamp_seconds';
const APP = { namespace: 'shop', pod: 'web', container: 'app' };

describe('the bundle with ephemeral storage enabled', () => {
  const cleanup = new Cleanup();
  const bundling = new Cleanup();
  let bundle: string;
  let node: PlainNode;
  let program: Program;
  let url: string;

  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-bundle-'));
    bundling.defer(() => rmSync(folder, { recursive: true }));
    bundle = join(folder, 'pod-exporter.mjs');
    await bundleExporter(bundle);
  });

  after(() => bundling.run());

  afterEach(() => cleanup.run());

  /** A node with the pod `web`, which has logs and the emptyDir volume `cache`. */
  function makeNode(): { readonly logs: string; readonly kubelet: string; readonly flags: readonly string[] } {
    node = new PlainNode();
    cleanup.defer(() => node.remove());
    const { object } = node.pod('web');
    const volumes = [{ name: 'cache', emptyDir: {} }];
    const items = [{ ...object, spec: { ...object.spec, volumes } }];
    node.replacePods(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const logs = join(node.folder, `root/var/log/pods/shop_web_${object.metadata.uid}/app`);
    mkdirSync(logs, { recursive: true });
    writeFileSync(join(logs, '0.log'), Buffer.alloc(100_000, 'x'));
    const kubelet = join(node.folder, 'kubelet');
    mkdirSync(kubelet);
    const flags = [
      ...node.flags,
      `--pods=file:${node.podsFile}`,
      `--path.rootfs=${join(node.folder, 'root')}`,
      `--path.kubelet=${kubelet}`,
      '--collector.ephemeral-storage',
      '--collector.ephemeral-storage.max-io-pressure=100',
    ];
    return { logs, kubelet, flags };
  }

  async function start(flags: readonly string[]): Promise<void> {
    const argv = [process.execPath, ...RUNTIME_FLAGS, bundle, '--web.listen-address=127.0.0.1:0', ...flags];
    program = await Program.start(argv, { env: RUNTIME_ENVIRONMENT });
    cleanup.defer(() => program.stop());
    url = await program.listening();
    await program.logs(/msg=found/);
  }

  const scrape = async (): Promise<SampleTable> => new SampleTable((await httpRequest(`${url}/metrics`)).text);

  const children = (): readonly string[] =>
    readFileSync(`/proc/${program.pid}/task/${program.pid}/children`, 'latin1')
      .split(' ')
      .filter((pid) => pid !== '');

  test('has what the kubelet reports', { skip: whyNoCertificates }, async () => {
    const { flags } = makeNode();
    const kubelet = await KubeletStandIn.start(selfSigned());
    cleanup.defer(() => kubelet.stop());
    const time = new Date(Math.ceil(Date.now() / 1000) * 1000 + 5000);
    const stats = (usedBytes: number): object => ({ time: time.toISOString(), usedBytes });
    const { uid } = node.pod('web').object.metadata;
    const containers = [{ name: 'app', rootfs: stats(24_576), logs: stats(8192) }];
    const volume = [
      { name: 'cache', ...stats(4096) },
      { name: 'kube-api-access', ...stats(1) },
    ];
    kubelet.summary = JSON.stringify({
      pods: [{ podRef: { name: 'web', namespace: 'shop', uid }, containers, volume }],
    });
    const config = join(node.folder, 'kubeconfig');
    writeFileSync(config, kubeconfig('https://api.invalid', 'very-secret-token'));
    await start([...flags, `--kubelet-url=${kubelet.url}`, '--kubelet-insecure-tls', `--kubeconfig=${config}`]);

    const { samples } = await scrape();
    assert.ok(
      samples.every(({ name }) => !name.includes('ephemeral_storage')),
      'a scrape waited for a measurement',
    );
    const table = await until(
      'the sizes that the kubelet reports',
      scrape,
      (scraped) => scraped.family(BYTES).length > 0,
    );
    assert.equal(table.value(BYTES, { ...APP, type: 'writable_layer' }), 24_576);
    assert.equal(table.value(BYTES, { ...APP, type: 'logs' }), 8192);
    assert.equal(table.value(TIME, { ...APP, type: 'logs' }), time.getTime() / 1000);
    const pod = { namespace: 'shop', pod: 'web', type: 'empty_dir' };
    assert.equal(table.value('pod_ephemeral_storage_bytes', pod), 4096);
    assert.equal(table.value('pod_ephemeral_storage_timestamp_seconds', pod), time.getTime() / 1000);
    assert.deepEqual(
      kubelet.requests.map((request) => `${request.url} ${request.authorization}`),
      ['/stats/summary Bearer very-secret-token'],
    );
    assert.deepEqual(children(), []);
    assert.doesNotMatch(program.stderr, /very-secret-token|level=error|ephemeral storage/);
  });

  test('walks through directories in a process that ends with it', async () => {
    const { flags } = makeNode();
    await start(flags);
    await scrape();
    await until('the size of the logs', async () => (await scrape()).family(BYTES).length);
    const logs = (await scrape()).value(BYTES, { ...APP, type: 'logs' });
    assert.ok(logs !== undefined && logs >= 100_000 && logs < 150_000, String(logs));
    const [child] = children();
    assert.ok(child !== undefined);
    await program.exitsAtOnce('SIGTERM');
    await until('the exit of the process that walks', () => !isRunning(child));
  });

  test('exports and starts nothing without the flag', async () => {
    const { flags } = makeNode();
    await start([...flags, '--no-collector.ephemeral-storage']);
    assert.doesNotMatch((await scrape()).text, /ephemeral_storage_/);
    assert.deepEqual(children(), []);
  });

  test(
    'answers while a directory does not, and ends with 0 when it is told to',
    { skip: whyNoHungMount() ?? false },
    async () => {
      const { flags, kubelet } = makeNode();
      const hung = await HungMount.at(kubelet);
      cleanup.defer(() => hung.remove());
      await start(flags);
      await scrape();
      await until('a child process', () => children().length, equals(1));
      const [child = ''] = children();
      await until(
        'a child process that waits for the mount',
        () => readFileSync(`/proc/${child}/wchan`, 'latin1'),
        (where) => /fuse|request_wait/.test(where),
      );
      const table = await scrape();
      assert.equal(table.value('pod_exporter_collector_success', { collector: 'ephemeral-storage' }), 1);
      assert.deepEqual(table.family('pod_ephemeral_storage_bytes'), []);
      assert.ok(table.family('container_memory_usage_bytes').length === 1);
      await program.exitsAtOnce('SIGTERM');
      await until('the exit of the process that walks', () => !isRunning(child));
    },
  );
});

function isRunning(pid: string): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openPodSource } from '../../../src/pods/open-source.ts';
import { kubeconfig } from '../../support/kubeconfig.ts';
import { LogRecord } from '../../support/log-record.ts';
import { OPTIONS, podObject } from './pod-objects.ts';
import { serviceAccount } from '../cluster/service-account.ts';

const IN_CLUSTER = { KUBERNETES_SERVICE_HOST: '192.0.2.1', KUBERNETES_SERVICE_PORT: '443' };

function temporaryFile(context: TestContext, content: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'pods-source-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'file');
  writeFileSync(path, content);
  return path;
}

/** The library takes the cluster's address from the process. */
function pretendInCluster(context: TestContext): void {
  const before = { ...process.env };
  Object.assign(process.env, IN_CLUSTER);
  context.after(() => {
    process.env = before;
  });
}

/** Removes what a machine that runs in a cluster itself would have. */
function pretendOutside(context: TestContext): void {
  const before = { ...process.env };
  delete process.env['KUBERNETES_SERVICE_HOST'];
  context.after(() => {
    process.env = before;
  });
}

function options(log = new LogRecord()): { readonly log: LogRecord; readonly environment: object } & typeof OPTIONS {
  return { ...OPTIONS, log, environment: {} };
}

test('none has no pods and is synced at once', async () => {
  const source = await openPodSource({ ...options(), environment: {}, pods: 'none' });
  await source.start();
  source.requestRelist(['uid-x']);
  assert.deepEqual([source.name, source.reason, source.status.synced, source.index.size], ['none', undefined, true, 0]);
  await source.stop();
});

test('file:PATH reads the file', async (context) => {
  const path = temporaryFile(context, JSON.stringify(podObject('a')));
  const source = await openPodSource({ ...options(), environment: {}, pods: `file:${path}`, nodeName: 'node1' });
  await source.start();
  assert.deepEqual([source.name, source.index.find('uid-a')?.name], [`file:${path}`, 'a']);
  await source.stop();
});

for (const pods of ['', 'file:', 'kubelets', 'API', 'file', 'auto ']) {
  test(`--pods=${pods} is rejected with one line`, async () => {
    const expected = { message: `--pods=${pods}: must be auto, api, kubelet, file:PATH or none` };
    await assert.rejects(openPodSource({ ...options(), environment: {}, pods }), expected);
  });
}

test('auto without credentials is none with a reason', async (context) => {
  const tokenFile = temporaryFile(context, 'token');
  const outside = await openPodSource({ ...options(), environment: {}, pods: 'auto', nodeName: 'node1', tokenFile });
  assert.deepEqual([outside.name, outside.reason], ['none', 'no in-cluster credentials']);
  const without = {
    ...options(),
    environment: IN_CLUSTER,
    pods: 'auto',
    nodeName: 'node1',
    tokenFile: `${tokenFile}-missing`,
  };
  assert.equal((await openPodSource(without)).name, 'none');
});

test('auto ignores KUBECONFIG', async (context) => {
  const environment = { KUBECONFIG: temporaryFile(context, kubeconfig('http://127.0.0.1:1', 'token')) };
  const source = await openPodSource({
    ...options(),
    environment,
    pods: 'auto',
    nodeName: 'node1',
    tokenFile: '/nowhere',
  });
  assert.equal(source.name, 'none');
});

test('auto with in-cluster credentials is api', async (context) => {
  pretendInCluster(context);
  const tokenFile = temporaryFile(context, 'token');
  const source = await openPodSource({
    ...options(),
    environment: IN_CLUSTER,
    pods: 'auto',
    nodeName: 'node1',
    tokenFile,
  });
  assert.equal(source.name, 'api');
});

test('auto with --kubeconfig is api', async (context) => {
  pretendOutside(context);
  const path = temporaryFile(context, kubeconfig('http://127.0.0.1:1', 'token'));
  const source = await openPodSource({
    ...options(),
    environment: {},
    pods: 'auto',
    nodeName: 'node1',
    kubeconfig: path,
  });
  assert.equal(source.name, 'api');
});

test('auto in a cluster without a node name is none and logs a warning', async (context) => {
  const log = new LogRecord();
  const tokenFile = temporaryFile(context, 'token');
  const source = await openPodSource({ ...options(log), environment: IN_CLUSTER, pods: 'auto', tokenFile });
  assert.equal(source.name, 'none');
  assert.match(source.reason ?? '', /--node-name or NODE_NAME/);
  assert.deepEqual(log.matching('warn').length, 1);
});

for (const nodeName of [undefined, '']) {
  test(`api with the node name ${JSON.stringify(nodeName)} is rejected with one line`, async () => {
    const named = nodeName === undefined ? {} : { nodeName };
    const expected = { message: '--pods=api requires a node name: set --node-name or NODE_NAME' };
    await assert.rejects(openPodSource({ ...options(), environment: {}, pods: 'api', ...named }), expected);
  });
}

test('the own pod requires namespace and name instead of a node name', async (context) => {
  pretendInCluster(context);
  const tokenFile = temporaryFile(context, 'token');
  const wanted = { ...options(), environment: IN_CLUSTER, nodeName: 'node1', tokenFile };
  const named = await openPodSource({ ...wanted, pods: 'auto', ownPod: { namespace: 'shop', name: 'web-0' } });
  assert.equal(named.name, 'api');
  const nameless = await openPodSource({ ...wanted, pods: 'auto', ownPod: { uid: 'u' } });
  const reason = 'missing pod name: set POD_NAMESPACE and POD_NAME';
  assert.deepEqual([nameless.name, nameless.reason], ['none', reason]);
  const message = '--pods=api requires a pod name: set POD_NAMESPACE and POD_NAME';
  await assert.rejects(openPodSource({ ...wanted, pods: 'api', ownPod: { uid: 'u' } }), { message });
});

test('api outside a cluster without --kubeconfig is rejected with one line', async (context) => {
  pretendOutside(context);
  const opening = openPodSource({ ...options(), environment: {}, pods: 'api', nodeName: 'node1' });
  await assert.rejects(opening, {
    message: /^--pods=api requires in-cluster credentials or --kubeconfig: KUBERNETES_SERVICE_HOST is not set$/,
  });
});

const BAD_KUBECONFIGS: readonly (readonly [what: string, content: string, cause: string])[] = [
  ['that is empty', '', 'not a valid kubeconfig'],
  ['that is not YAML', 'users: [{token: secret', 'not a valid kubeconfig'],
  ['with a cluster without a server', 'clusters: [{name: secret, cluster: {}}]', 'not a valid kubeconfig'],
  ['without a context', 'clusters: []\nusers: [{name: a, user: {token: secret}}]', 'no current context with a cluster'],
];

for (const [what, content, cause] of BAD_KUBECONFIGS) {
  test(`a kubeconfig ${what} is rejected with one line that quotes nothing`, async (context) => {
    const path = temporaryFile(context, content);
    const opening = openPodSource({ ...options(), environment: {}, pods: 'api', nodeName: 'node1', kubeconfig: path });
    await assert.rejects(opening, { message: `cannot use kubeconfig ${path}: ${cause}` });
  });
}

test('a missing kubeconfig is rejected with one line', async () => {
  const kubeconfigPath = join(tmpdir(), 'no', 'such', 'kubeconfig');
  const opening = openPodSource({
    ...options(),
    environment: {},
    pods: 'api',
    nodeName: 'n',
    kubeconfig: kubeconfigPath,
  });
  const message = `cannot use kubeconfig ${kubeconfigPath}: ENOENT: no such file or directory`;
  await assert.rejects(opening, { message });
});

test('the kubelet address is that of NODE_IP or of the flag', async (context) => {
  const path = temporaryFile(context, kubeconfig('http://127.0.0.1:1', 'token'));
  const asked = { ...options(), pods: 'kubelet', kubeconfig: path };
  const source = await openPodSource({ ...asked, environment: { NODE_IP: '192.0.2.1' } });
  assert.deepEqual([source.name, source.status.synced], ['kubelet', false]);
  assert.equal((await openPodSource({ ...asked, environment: {}, kubeletUrl: 'https://[::1]:10250' })).name, 'kubelet');
  await assert.rejects(openPodSource({ ...asked, environment: {} }), { message: /set --kubelet-url or NODE_IP$/ });
});

test('the client library is not loaded for a kubelet with a service account', (context) => {
  const account = serviceAccount(context);
  account.write('token', 'token');
  const module = join(import.meta.dirname, '../../../src/pods/sources/kubelet.ts');
  const script = `
    import { registerHooks } from 'node:module';
    registerHooks({ load: (url, hookContext, next) => { console.log(url); return next(url, hookContext); } });
    const { openKubeletSource } = await import(${JSON.stringify(module)});
    const log = { debug() {}, info() {}, warn: (message, { cause }) => console.log(cause) };
    const access = { kubeletUrl: 'https://127.0.0.1:1', kubeletInsecureTls: true, root: ${JSON.stringify(account.root)} };
    const source = await openKubeletSource({ ...access, podLabels: [], podAnnotations: [], log });
    await source.start();
    await source.stop();`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.match(stdout, /connection failed: ECONNREFUSED\n$/);
  assert.match(stdout, /src\/pods\/sources\/kubelet\.ts/);
  assert.doesNotMatch(stdout, /node_modules\/(?!@streamparser)|cluster\/api-server\.ts/);
});

test('the client library and the YAML parser are not loaded for a JSON file', (context) => {
  const path = temporaryFile(context, JSON.stringify(podObject('a')));
  const module = join(import.meta.dirname, '../../../src/pods/open-source.ts');
  const script = `
    import { registerHooks } from 'node:module';
    registerHooks({ load: (url, hookContext, next) => { console.log(url); return next(url, hookContext); } });
    const { openPodSource } = await import(${JSON.stringify(module)});
    const log = { debug() {}, info() {}, warn() {} };
    const source = await openPodSource({ pods: 'file:${path}', podLabels: [], podAnnotations: [], environment: {}, log });
    await source.start();
    console.log('pods', source.index.size);
    await source.stop();`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.match(stdout, /pods 1\n/);
  assert.match(stdout, /src\/pods\/sources\/file\.ts/);
  assert.doesNotMatch(stdout, /node_modules|\/(?:api|pod-api|kubelet|kubelet-api|api-server)\.ts/);
});

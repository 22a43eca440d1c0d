import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { errorCode, errorReason, systemReason, UNKNOWN_CODE } from '../../../src/base/error-code.ts';

function thrown(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

const missing = thrown(() => readFileSync('/does/not/exist'));

test('the code of an error is its own, or that for unknown ones', () => {
  assert.equal(errorCode(missing), 'ENOENT');
  assert.equal(errorCode(Object.assign(new Error('x'), { code: 'ERR_X' })), 'ERR_X');
  for (const other of [new Error('x'), Object.assign(new Error('x'), { code: 7 }), 'ENOENT', { code: 'ENOENT' }, 0]) {
    assert.equal(errorCode(other), UNKNOWN_CODE);
  }
});

test('the reason of a system error has neither system call nor path', () => {
  assert.equal(systemReason(missing), 'ENOENT: no such file or directory');
  assert.equal(errorReason(missing), 'ENOENT: no such file or directory');
  assert.equal(systemReason(new Error('x')), undefined);
});

test('the reason of any other error is the first line of its message', () => {
  assert.equal(errorReason(new Error('it is empty\n  at a:1')), 'it is empty');
  assert.equal(errorReason('text'), 'text');
  assert.equal(errorReason(undefined), 'undefined');
});

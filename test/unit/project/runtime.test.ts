import { strict as assert } from 'node:assert';
import { test } from 'node:test';

test('the scripts run on Node 24, whatever the machine has', () => {
  assert.match(process.version, /^v24\./);
});

import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { recordFromDownwardApi } from '../../../src/pods/downward-api.ts';

const NAMED = { namespace: 'shop', name: 'web-0' };

describe('the record of our own pod', () => {
  test('has what the downward API tells', () => {
    const facts = { ...NAMED, uid: 'u', node: 'node1', podIp: '10.0.0.7', hostIp: '192.0.2.1' };
    assert.deepEqual(recordFromDownwardApi(facts, 'of-cgroup'), {
      ...facts,
      hostNetwork: false,
      labels: {},
      annotations: {},
      containers: [],
    });
  });

  test('has nothing else', () => {
    assert.deepEqual(recordFromDownwardApi(NAMED, 'of-cgroup'), {
      ...NAMED,
      uid: 'of-cgroup',
      labels: {},
      annotations: {},
      containers: [],
    });
  });

  for (const facts of [{}, { name: 'web-0' }, { namespace: 'shop' }, { uid: 'u', node: 'node1' }]) {
    test(`is none without a whole name: ${JSON.stringify(facts)}`, () => {
      assert.equal(recordFromDownwardApi(facts, 'of-cgroup'), undefined);
    });
  }

  const ADDRESSES = [
    { podIp: '10.0.0.7', hostIp: '192.0.2.1', expected: false },
    { podIp: '192.0.2.1', hostIp: '192.0.2.1', expected: true },
    { podIp: '2001:db8::1', hostIp: '2001:db8::1', expected: true },
    { podIp: '192.0.2.1', expected: undefined },
    { hostIp: '192.0.2.1', expected: undefined },
  ];
  for (const { expected, ...addresses } of ADDRESSES) {
    test(`has the node's network or not: ${JSON.stringify(addresses)} is ${expected}`, () => {
      assert.equal(recordFromDownwardApi({ ...NAMED, ...addresses }, 'u')?.hostNetwork, expected);
    });
  }
});

import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { recordFromDownwardApi } from '../../../src/pods/downward-api.ts';

const NAMED = { namespace: 'shop', name: 'web-0' };

describe('the record of the own pod', () => {
  test('has the fields of the downward API', () => {
    const facts = { ...NAMED, uid: 'u', node: 'node1', podIp: '10.0.0.7', hostIp: '192.0.2.1' };
    assert.deepEqual(recordFromDownwardApi(facts, 'of-cgroup'), {
      ...facts,
      hostNetwork: false,
      labels: {},
      annotations: {},
      containers: [],
    });
  });

  test('has no other fields', () => {
    assert.deepEqual(recordFromDownwardApi(NAMED, 'of-cgroup'), {
      ...NAMED,
      uid: 'of-cgroup',
      labels: {},
      annotations: {},
      containers: [],
    });
  });

  for (const facts of [{}, { name: 'web-0' }, { namespace: 'shop' }, { uid: 'u', node: 'node1' }]) {
    test(`is undefined without namespace and name: ${JSON.stringify(facts)}`, () => {
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
    test(`has hostNetwork depending on the addresses: ${JSON.stringify(addresses)} is ${expected}`, () => {
      assert.equal(recordFromDownwardApi({ ...NAMED, ...addresses }, 'u')?.hostNetwork, expected);
    });
  }
});

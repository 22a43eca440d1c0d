import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { apiScope, type WantedPods } from '../../../../src/pods/sources/api-scope.ts';

const OWN = { namespace: 'shop', name: 'web-0' };

const CASES: readonly (readonly [what: string, wanted: WantedPods, expected: object])[] = [
  ['the pods of a node', { nodeName: 'node1' }, { path: '/api/v1/pods', fieldSelector: 'spec.nodeName=node1' }],
  [
    'our own pod, whatever its node',
    { nodeName: 'node1', own: OWN },
    { path: '/api/v1/namespaces/shop/pods', fieldSelector: 'metadata.name=web-0' },
  ],
  [
    'a namespace that is none',
    { own: { ...OWN, namespace: '../nodes?x' } },
    { path: '/api/v1/namespaces/..%2Fnodes%3Fx/pods', fieldSelector: 'metadata.name=web-0' },
  ],
  ['a node without a name', {}, { of: 'the name of this node', remedy: 'set --node-name or NODE_NAME' }],
  [
    'a pod without a whole name',
    { nodeName: 'node1', own: { uid: 'u', name: 'web-0' } },
    { of: 'the name of this pod', remedy: 'set POD_NAMESPACE and POD_NAME' },
  ],
];

for (const [what, wanted, expected] of CASES) {
  test(`the API server is asked for ${what}`, () => assert.deepEqual(apiScope(wanted), expected));
}

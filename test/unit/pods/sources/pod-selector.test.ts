import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { podSelector, type PodSelectorOptions } from '../../../../src/pods/sources/pod-selector.ts';

const OWN = { namespace: 'shop', name: 'web-0' };

const CASES: readonly (readonly [what: string, wanted: PodSelectorOptions, expected: object])[] = [
  ['the pods of a node', { nodeName: 'node1' }, { path: '/api/v1/pods', fieldSelector: 'spec.nodeName=node1' }],
  [
    'our own pod, whatever its node',
    { nodeName: 'node1', ownPod: OWN },
    { path: '/api/v1/namespaces/shop/pods', fieldSelector: 'metadata.name=web-0' },
  ],
  [
    'a namespace that is none',
    { ownPod: { ...OWN, namespace: '../nodes?x' } },
    { path: '/api/v1/namespaces/..%2Fnodes%3Fx/pods', fieldSelector: 'metadata.name=web-0' },
  ],
  ['a node without a name', {}, { setting: 'the name of this node', remedy: 'set --node-name or NODE_NAME' }],
  [
    'a pod without a whole name',
    { nodeName: 'node1', ownPod: { uid: 'u', name: 'web-0' } },
    { setting: 'the name of this pod', remedy: 'set POD_NAMESPACE and POD_NAME' },
  ],
];

for (const [what, wanted, expected] of CASES) {
  test(`the API server is asked for ${what}`, () => assert.deepEqual(podSelector(wanted), expected));
}

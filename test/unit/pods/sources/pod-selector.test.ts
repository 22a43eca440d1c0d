import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { podSelector, type PodSelectorOptions } from '../../../../src/pods/sources/pod-selector.ts';

const OWN = { namespace: 'shop', name: 'web-0' };

const CASES: readonly (readonly [what: string, options: PodSelectorOptions, expected: object])[] = [
  ['the pods of a node', { nodeName: 'node1' }, { path: '/api/v1/pods', fieldSelector: 'spec.nodeName=node1' }],
  [
    'the own pod without a node selector',
    { nodeName: 'node1', ownPod: OWN },
    { path: '/api/v1/namespaces/shop/pods', fieldSelector: 'metadata.name=web-0' },
  ],
  [
    'an invalid namespace',
    { ownPod: { ...OWN, namespace: '../nodes?x' } },
    { path: '/api/v1/namespaces/..%2Fnodes%3Fx/pods', fieldSelector: 'metadata.name=web-0' },
  ],
  ['a missing node name', {}, { setting: 'node name', remedy: 'set --node-name or NODE_NAME' }],
  [
    'a pod without namespace',
    { nodeName: 'node1', ownPod: { uid: 'u', name: 'web-0' } },
    { setting: 'pod name', remedy: 'set POD_NAMESPACE and POD_NAME' },
  ],
];

for (const [what, options, expected] of CASES) {
  test(`selects ${what}`, () => assert.deepEqual(podSelector(options), expected));
}

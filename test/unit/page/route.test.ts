import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OUTSIDE } from '../../../page/outside.ts';
import { fragmentOf, HOME, parseRoute, type Route } from '../../../page/route.ts';

const ROUTES: readonly (readonly [fragment: string, route: Route])[] = [
  ['#', HOME],
  ['#node', { page: 'node' }],
  ['#pod/shop/cart-0', { page: 'pod', namespace: 'shop', pod: 'cart-0' }],
  ['#pod//0b1c', { page: 'pod', namespace: '', pod: '0b1c' }],
  ['#pod/a%2Fb/%3Cscript%3E', { page: 'pod', namespace: 'a/b', pod: '<script>' }],
  ['#container/web%2F1', { page: 'pod', namespace: OUTSIDE, pod: 'web/1' }],
  [
    '#?ns=shop&q=a+%26+b&sort=-memory',
    { page: 'pods', namespace: 'shop', search: 'a & b', order: { by: 'memory', descending: true } },
  ],
  ['#?sort=pod', { page: 'pods', namespace: '', search: '', order: { by: 'pod', descending: false } }],
];

describe('the address of what is shown', () => {
  for (const [fragment, route] of ROUTES) {
    test(fragment, () => {
      assert.equal(fragmentOf(route), fragment);
      assert.deepEqual(parseRoute(fragment), route);
    });
  }

  for (const fragment of ['', '#/', '#?sort=constructor', '#?sort=-', '#nothing', '#pod/shop', '#container/', '#%']) {
    test(`"${fragment}" is the table`, () => assert.deepEqual(parseRoute(fragment), HOME));
  }
});

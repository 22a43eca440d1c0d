import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pathAndQuery } from '../../../src/http/request-target.ts';

const READ: Readonly<Record<string, string>> = {
  '/metrics': '/metrics',
  '/metrics?collect[]=cpu&x': '/metrics?collect[]=cpu&x',
  'http://node:9771/metrics?a=b': '/metrics?a=b',
  'HTTPS://node': '/',
  'http://user:password@other/healthz': '/healthz',
  '/metrics#fragment': '/metrics',
  '//a@[b/metrics': '//a@[b/metrics',
  '/%zz': '/%zz',
};

const INVALID = ['http://[::1/metrics', 'http://', 'node:9771', '*', '', 'ftp://node/metrics', 'metrics', 'http:///%'];

describe('pathAndQuery', () => {
  for (const [target, expected] of Object.entries(READ)) {
    test(`reads ${JSON.stringify(target)}`, () => assert.equal(pathAndQuery(target), expected));
  }

  for (const target of INVALID) {
    test(`rejects ${JSON.stringify(target)}`, () => assert.equal(pathAndQuery(target), undefined));
  }
});

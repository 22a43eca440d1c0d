import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { PagePool } from '../../../src/exposition/page-pool.ts';

describe('PagePool', () => {
  test('reuses a released page', () => {
    const pool = new PagePool();
    const page = pool.acquire(10);
    pool.release(page);
    const again = pool.acquire(10);
    assert.equal(again.buffer, page.buffer);
    assert.equal(again.length, page.length);
  });

  test('restores the whole page from its filled part', () => {
    const pool = new PagePool();
    const page = pool.acquire(10);
    pool.release(page.subarray(0, 3));
    const again = pool.acquire(10);
    assert.equal(again.buffer, page.buffer);
    assert.equal(again.length, page.length);
  });

  test('never returns a page that is in use', () => {
    const pool = new PagePool();
    assert.notEqual(pool.acquire(10).buffer, pool.acquire(10).buffer);
  });

  test('returns a larger page on request', () => {
    const pool = new PagePool();
    const usual = pool.acquire(1).length;
    assert.equal(pool.acquire(usual).length, usual);
    const large = pool.acquire(usual + 1);
    assert.equal(large.length, usual + 1);
    pool.release(large);
    assert.notEqual(pool.acquire(1).buffer, large.buffer);
    assert.equal(pool.acquire(1).length, usual);
  });

  test('limits the number of spare pages', () => {
    const pool = new PagePool();
    const pages = Array.from({ length: 1000 }, () => pool.acquire(1));
    for (const page of pages) pool.release(page);
    const known = new Set(pages.map((page) => page.buffer));
    const again = Array.from({ length: 1000 }, () => pool.acquire(1)).filter((page) => known.has(page.buffer));
    assert.ok(again.length > 0 && again.length < 1000, `${again.length} kept`);
  });
});

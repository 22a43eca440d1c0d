import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { PagePool } from '../../../src/exposition/page-pool.ts';

describe('PagePool', () => {
  test('a page that was given back is handed out again', () => {
    const pool = new PagePool();
    const page = pool.acquire(10);
    pool.release(page);
    const again = pool.acquire(10);
    assert.equal(again.buffer, page.buffer);
    assert.equal(again.length, page.length);
  });

  test('the filled part of a page comes back as the whole page', () => {
    const pool = new PagePool();
    const page = pool.acquire(10);
    pool.release(page.subarray(0, 3));
    const again = pool.acquire(10);
    assert.equal(again.buffer, page.buffer);
    assert.equal(again.length, page.length);
  });

  test('a page is handed out to one at a time', () => {
    const pool = new PagePool();
    assert.notEqual(pool.acquire(10).buffer, pool.acquire(10).buffer);
  });

  test('who needs more than a page gets a larger one', () => {
    const pool = new PagePool();
    const usual = pool.acquire(1).length;
    assert.equal(pool.acquire(usual).length, usual);
    const large = pool.acquire(usual + 1);
    assert.equal(large.length, usual + 1);
    pool.release(large);
    assert.notEqual(pool.acquire(1).buffer, large.buffer);
    assert.equal(pool.acquire(1).length, usual);
  });

  test('of very many pages only some are kept for later', () => {
    const pool = new PagePool();
    const pages = Array.from({ length: 1000 }, () => pool.acquire(1));
    for (const page of pages) pool.release(page);
    const known = new Set(pages.map((page) => page.buffer));
    const again = Array.from({ length: 1000 }, () => pool.acquire(1)).filter((page) => known.has(page.buffer));
    assert.ok(again.length > 0 && again.length < 1000, `${again.length} kept`);
  });
});

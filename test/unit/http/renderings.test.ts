import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Collections } from '../../../src/collect/collections.ts';
import { GzipBody } from '../../../src/http/gzip-body.ts';
import { Renderings, type Refusal } from '../../../src/http/renderings.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { until } from '../../support/until.ts';

const HOUR_MS = 3_600_000;

/** Collections that end when the test says so, and what was asked of them. */
class HeldCollections {
  readonly ends: (() => void)[] = [];
  readonly deadlines: number[] = [];

  async use<T>(_wanted: ReadonlySet<string>, deadline: number, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    this.deadlines.push(deadline);
    await new Promise<void>((resolve) => this.ends.push(resolve));
    return work({} as Snapshot);
  }
}

/** Renderings of texts, and a function that requests one. */
function rig(maxInProgress = 0) {
  const collections = new HeldCollections();
  const renderings = new Renderings(collections as unknown as Collections, maxInProgress);
  let written = 0;
  const request = (
    key: string,
    { signal = new AbortController().signal, deadline = performance.now() + HOUR_MS } = {},
  ) =>
    renderings.render({
      key,
      deadline,
      signal,
      answer: {
        kind: 'snapshot',
        collectors: new Set(),
        contentType: 'text/plain',
        async write(_snapshot, output) {
          written++;
          if (key === 'failing') throw new Error('broken');
          for (const piece of [key, '!'.repeat(100_000)]) await output.send(Buffer.from(piece));
        },
      },
    });
  return { ends: collections.ends, deadlines: collections.deadlines, request, written: () => written };
}

async function textOf(body: GzipBody | Refusal, compressed: boolean): Promise<string> {
  assert.ok(body instanceof GzipBody);
  const pieces: Buffer[] = [];
  for await (const piece of body.pieces(compressed)) pieces.push(piece);
  for (const { length } of pieces) assert.ok(length <= 16 * 1024);
  const whole = Buffer.concat(pieces);
  return (compressed ? gunzipSync(whole) : whole).toString();
}

describe('Renderings', () => {
  test('share an answer among equal requests that arrive before its collection ends', async () => {
    const { ends, request, written } = rig();
    const bodies = Array.from({ length: 40 }, () => request('a'));
    await until('a collection', () => ends.length === 1);
    ends[0]?.();
    const [first, ...others] = await Promise.all(bodies);
    assert.ok(first !== undefined && others.every((body) => body === first));
    assert.equal(written(), 1);
    for (const compressed of [true, false]) assert.equal(await textOf(first, compressed), `a${'!'.repeat(100_000)}`);
    const later = request('a');
    await until('another collection', () => ends.length === 2);
    ends[1]?.();
    assert.notEqual(await later, first);
  });

  test('are not shared by requests with another deadline, whichever comes first', async () => {
    for (const minutes of [
      [30, 1],
      [1, 30],
    ]) {
      const { ends, deadlines, request } = rig();
      const bodies = minutes.map((each) => request('a', { deadline: performance.now() + each * 60_000 }));
      await until('two collections', () => ends.length === 2);
      const [first = 0, second = 0] = deadlines;
      assert.equal(first < second, minutes[0] === 1);
      for (const end of ends) end();
      assert.equal(new Set(await Promise.all(bodies)).size, 2);
    }
  });

  test('run two at a time, the others wait in line', async () => {
    const { ends, request } = rig();
    const bodies = ['a', 'b', 'c'].map((key) => request(key));
    await until('two collections', () => ends.length === 2);
    await new Promise(setImmediate);
    assert.equal(ends.length, 2);
    ends[1]?.();
    await until('the third', () => ends.length === 3);
    for (const end of ends) end();
    for (const [index, body] of (await Promise.all(bodies)).entries()) {
      assert.match(await textOf(body, true), new RegExp(`^${'abc'[index]}!`));
    }
  });

  test('refuse different requests beyond the limit, but not equal ones', async () => {
    const { ends, request } = rig(2);
    const bodies = ['a', 'b', 'b'].map((key) => request(key));
    assert.equal(await request('c'), 'busy');
    await until('two collections', () => ends.length === 2);
    for (const end of ends) end();
    for (const body of await Promise.all(bodies)) assert.ok(body instanceof GzipBody);
    const next = request('c');
    await until('the next collection', () => ends.length === 3);
    ends[2]?.();
    assert.ok((await next) instanceof GzipBody);
  });

  test('end in line at their deadline, and not once they have begun', async () => {
    const { ends, request } = rig();
    const over = { deadline: performance.now() - 1 };
    const begun = [request('a', over), request('b')];
    assert.equal(await request('c', over), 'late');
    for (const end of ends) end();
    for (const body of await Promise.all(begun)) assert.ok(body instanceof GzipBody);
  });

  test('without a client that waits cost no collection', async () => {
    const { ends, request } = rig();
    const first = ['a', 'b'].map((key) => request(key));
    const client = new AbortController();
    const gone = request('c', { signal: client.signal });
    client.abort();
    assert.equal(await gone, 'late');
    const last = request('d');
    for (const end of ends.splice(0)) end();
    await until('a collection', () => ends.length === 1);
    ends[0]?.();
    assert.match(await textOf(await last, true), /^d/);
    assert.equal((await Promise.all(first)).length, 2);
  });

  test('keep time for writing: most of it at first, and then what the last ones took', async () => {
    const { ends, deadlines, request } = rig();
    for (const [key, minutes] of [
      ['a', 24],
      ['b', 59],
    ] as const) {
      const began = performance.now();
      const body = request(key);
      await until('a collection', () => ends.length === 1);
      const readMinutes = ((deadlines.at(-1) ?? 0) - began) / 60_000;
      assert.ok(readMinutes > minutes - 0.1 && readMinutes < minutes + 1, String(readMinutes));
      ends.pop()?.();
      await body;
    }
  });

  test('reject with the error of the answer', async () => {
    const { ends, request } = rig();
    const failing = request('failing');
    await until('a collection', () => ends.length === 1);
    ends[0]?.();
    await assert.rejects(failing, /broken/);
  });
});

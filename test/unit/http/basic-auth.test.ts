import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { BasicAuth } from '../../../src/http/basic-auth.ts';

function header(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** An authority whose hashes are `hash of PASSWORD`, and what it was asked to compare. */
function authority(users: Readonly<Record<string, string>>, wait: Promise<unknown> = Promise.resolve()) {
  const compared: string[] = [];
  const hashes = Object.entries(users).map(([user, password]) => [user, `hash of ${password}`] as const);
  const auth = new BasicAuth(new Map(hashes), async (password, hash) => {
    compared.push(`${password} | ${hash}`);
    await wait;
    return hash === `hash of ${password}`;
  });
  return { auth, compared };
}

describe('a name and a password', () => {
  test('that belong together are let in', async () => {
    const { auth } = authority({ alice: 'a:b', bob: 'ü' });
    assert.equal(await auth.check(header('alice', 'a:b')), true);
    assert.equal(await auth.check(header('bob', 'ü').replace('Basic', 'basic')), true);
  });

  test('that do not are not, whichever is wrong', async () => {
    const { auth, compared } = authority({ alice: 'a', bob: 'b' });
    assert.equal(await auth.check(header('alice', 'b')), false);
    assert.equal(await auth.check(header('carol', 'a')), false);
    assert.equal(await auth.check(header('', '')), false);
    // The same work for a user who is not there, so that the time does not tell.
    assert.deepEqual(compared, ['b | hash of a', 'a | hash of a', ' | hash of a']);
  });

  test('are compared once', async () => {
    const { auth, compared } = authority({ alice: 'a' });
    for (let time = 0; time < 3; time++) {
      assert.equal(await auth.check(header('alice', 'a')), true);
      assert.equal(await auth.check(header('alice', 'b')), false);
    }
    assert.equal(compared.length, 2);
    await Promise.all([auth.check(header('alice', 'c')), auth.check(header('alice', 'c'))]);
    assert.equal(compared.length, 3);
  });

  test('are not remembered without end', async () => {
    const { auth, compared } = authority({ alice: 'a' });
    for (let guess = 0; guess < 150; guess++) await auth.check(header('alice', String(guess)));
    await auth.check(header('alice', '0'));
    assert.equal(compared.length, 151);
  });

  test('that hashing fails on are not let in', async () => {
    const auth = new BasicAuth(new Map([['alice', 'h']]), () => Promise.reject(new Error('broken')));
    assert.equal(await auth.check(header('alice', 'a')), false);
  });
});

describe('a header', () => {
  const HEADERS = ['', 'Basic', 'Basic ', 'Basic !!!', 'Bearer abc', 'Basic YWxpY2U=', `Basic ${'A'.repeat(10_000)}`];
  for (const text of HEADERS) {
    test(`${JSON.stringify(text.slice(0, 20))} costs no comparison`, async () => {
      const { auth, compared } = authority({ alice: 'a' });
      assert.equal(await auth.check(text), false);
      assert.deepEqual(compared, []);
    });
  }
});

test('of many guesses at once one is compared at a time, and what would wait too long is turned away', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const { auth, compared } = authority({ alice: 'a' }, promise);
  const guesses = Array.from({ length: 100 }, (_, guess) => auth.check(header('alice', `x${guess}`)));
  await new Promise(setImmediate);
  assert.equal(compared.length, 1);
  resolve(undefined);
  const results = await Promise.all(guesses);
  assert.ok(results.filter((result) => result === 'busy').length >= 75);
  assert.equal(results.includes(true), false);
  assert.equal(await auth.check(header('alice', 'a')), true);
});

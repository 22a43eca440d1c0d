import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { BasicAuth, newDecisions } from '../../../src/http/basic-auth.ts';
import type { Client } from '../../../src/http/failed-clients.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { until } from '../../support/until.ts';

function header(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** A client with a connection of its own. */
function client(address = '192.0.2.1'): Client {
  return { connection: {}, address };
}

/** An authority whose hashes are `hash of PASSWORD`, and what it was asked to compare. */
function authority(users: Readonly<Record<string, string>>, wait: Promise<unknown> = Promise.resolve()) {
  const compared: string[] = [];
  const hashes = Object.entries(users).map(([user, password]) => [user, `hash of ${password}`] as const);
  const compare = async (password: string, hash: string): Promise<boolean> => {
    compared.push(`${password} | ${hash}`);
    await wait;
    return hash === `hash of ${password}`;
  };
  const auth = new BasicAuth(new Map(hashes), compare, newDecisions(new FakeClock()));
  return { auth, compared };
}

describe('a name and a password', () => {
  test('that belong together are accepted', async () => {
    const { auth } = authority({ alice: 'a:b', bob: 'ü' });
    assert.equal(await auth.check(header('alice', 'a:b'), client()), true);
    assert.equal(await auth.check(header('bob', 'ü').replace('Basic', 'basic'), client()), true);
  });

  test('that do not are not, whichever is wrong', async () => {
    const { auth, compared } = authority({ alice: 'a', bob: 'b' });
    assert.equal(await auth.check(header('alice', 'b'), client()), false);
    assert.equal(await auth.check(header('carol', 'a'), client()), false);
    assert.equal(await auth.check(header('', ''), client()), false);
    // The same work for a user who is not there, so that the time does not tell.
    assert.deepEqual(compared, ['b | hash of a', 'a | hash of a', ' | hash of a']);
  });

  test('are compared once', async () => {
    const { auth, compared } = authority({ alice: 'a' });
    for (let time = 0; time < 3; time++) {
      assert.equal(await auth.check(header('alice', 'a'), client()), true);
      assert.equal(await auth.check(header('alice', 'b'), client()), false);
    }
    assert.equal(compared.length, 2);
    await Promise.all([auth.check(header('alice', 'c'), client()), auth.check(header('alice', 'c'), client())]);
    assert.equal(compared.length, 3);
  });

  test('are not remembered without end', async () => {
    const { auth, compared } = authority({ alice: 'a' });
    for (let guess = 0; guess < 150; guess++) await auth.check(header('alice', String(guess)), client());
    await auth.check(header('alice', '0'), client());
    assert.equal(compared.length, 151);
  });

  test('for which hashing fails are rejected', async () => {
    const auth = new BasicAuth(new Map([['alice', 'h']]), () => Promise.reject(new Error('broken')));
    assert.equal(await auth.check(header('alice', 'a'), client()), false);
  });
});

describe('a header', () => {
  const HEADERS = ['', 'Basic', 'Basic ', 'Basic !!!', 'Bearer abc', 'Basic YWxpY2U=', `Basic ${'A'.repeat(10_000)}`];
  for (const text of HEADERS) {
    test(`${JSON.stringify(text.slice(0, 20))} costs no comparison`, async () => {
      const { auth, compared } = authority({ alice: 'a' });
      assert.equal(await auth.check(text, client()), false);
      assert.deepEqual(compared, []);
    });
  }
});

test('of many guesses at once one is compared at a time, and what would wait too long is turned away', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const { auth, compared } = authority({ alice: 'a' }, promise);
  const guesses = Array.from({ length: 100 }, (_, guess) => auth.check(header('alice', `x${guess}`), client()));
  await new Promise(setImmediate);
  assert.equal(compared.length, 1);
  resolve(undefined);
  const results = await Promise.all(guesses);
  assert.ok(results.filter((result) => result === 'busy').length >= 75);
  assert.equal(results.includes(true), false);
  assert.equal(await auth.check(header('alice', 'a'), client()), true);
});

test('a valid password is neither compared again nor kept waiting, whatever else is tried', async () => {
  const { promise: never } = Promise.withResolvers<undefined>();
  let wait: Promise<unknown> = Promise.resolve();
  let comparisons = 0;
  const compare = async (password: string, hash: string): Promise<boolean> => {
    comparisons++;
    await wait;
    return password === hash;
  };
  const auth = new BasicAuth(new Map([['alice', 'a']]), compare, newDecisions(new FakeClock()));
  assert.equal(await auth.check(header('alice', 'a'), client()), true);
  for (let guess = 0; guess < 300; guess++) await auth.check(header(`user${guess}`, 'b'), client());
  assert.equal(comparisons, 301);
  wait = never;
  for (let guess = 0; guess < 300; guess++) void auth.check(header('alice', String(guess)), client());
  await until('a comparison that does not end', () => comparisons === 302);
  assert.equal(await auth.check(header('alice', 'a'), client()), true);
  assert.equal(comparisons, 302);
});

test('other users leave a valid password known as long as its hash stays', async () => {
  const { auth, compared } = authority({ alice: 'a', bob: 'b' });
  assert.equal(await auth.check(header('alice', 'a'), client()), true);
  const renamed = auth.with(new Map([['alice', 'hash of a']]));
  assert.equal(await renamed.check(header('alice', 'a'), client()), true);
  assert.equal(compared.length, 1);
  const changed = renamed.with(new Map([['alice', 'hash of c']]));
  assert.equal(await changed.check(header('alice', 'a'), client()), false);
  assert.equal(await changed.check(header('alice', 'c'), client()), true);
  assert.equal(compared.length, 3);
});

test('clients without a failure are compared first, others after them, and the last of too many is turned away', async () => {
  const clock = new FakeClock();
  const order: string[] = [];
  const auth = new BasicAuth(
    new Map([['alice', 'a']]),
    (password) => {
      order.push(password);
      return Promise.resolve(password === 'a');
    },
    newDecisions(clock),
  );
  const guesser = client();
  const other = client('192.0.2.2');
  for (const [password, failing] of [
    ['0', guesser],
    ['1', other],
  ] as const) {
    assert.equal(await auth.check(header('alice', password), failing), false);
  }
  // While the queue rests after the last of those.
  const waiting = [
    ...Array.from({ length: 18 }, (_, guess) => auth.check(header('alice', `x${guess}`), guesser)),
    auth.check(header('alice', 'neighbour'), client('192.0.2.2')),
    auth.check(header('alice', 'a'), client('192.0.2.3')),
  ];
  assert.equal(await auth.check(header('alice', 'last'), other), 'busy');
  assert.deepEqual(await Promise.all(waiting), [...Array.from({ length: 19 }, () => false), true]);
  assert.deepEqual(order.slice(0, 5), ['0', '1', 'a', 'neighbour', 'x0']);
  assert.equal(order.at(-1), 'x17');
});

test('wrong passwords use a quarter of a core, valid ones as much as they need', async () => {
  const clock = new FakeClock();
  const auth = new BasicAuth(
    new Map([['alice', 'a']]),
    (password) => {
      clock.advance(100);
      return Promise.resolve(password === 'a');
    },
    newDecisions(clock),
  );
  assert.equal(await auth.check(header('alice', 'a'), client()), true);
  assert.deepEqual(clock.waits, []);
  assert.equal(await auth.check(header('alice', 'b'), client()), false);
  await until('a rest', () => clock.waits.length === 1);
  assert.deepEqual(clock.waits, [300]);
  const next = auth.check(header('alice', 'c'), client());
  await new Promise(setImmediate);
  clock.advance(300);
  assert.equal(await next, false);
});

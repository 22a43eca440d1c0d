import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { chooseCollectors } from '../../../src/views/choose-collectors.ts';
import type { PlainAnswer } from '../../../src/views/endpoint.ts';

describe('chooseCollectors', () => {
  const ENABLED = new Set(['cpu', 'memory', 'io']);
  const choose = (query: string): readonly string[] => {
    const chosen = chooseCollectors(new URLSearchParams(query), ENABLED);
    assert.ok(chosen instanceof Set);
    return [...chosen];
  };
  const refuse = (query: string): PlainAnswer => {
    const refused = chooseCollectors(new URLSearchParams(query), ENABLED);
    assert.ok(!(refused instanceof Set));
    return refused;
  };

  const CASES: Readonly<Record<string, readonly string[]>> = {
    '': ['cpu', 'memory', 'io'],
    'other=x': ['cpu', 'memory', 'io'],
    'collect=cpu': ['cpu', 'memory', 'io'],
    'collect[]=cpu': ['cpu'],
    'collect%5B%5D=cpu&collect[]=io': ['cpu', 'io'],
    'collect[]=io&collect[]=io': ['io'],
    'exclude=cpu': ['cpu', 'memory', 'io'],
    'exclude[]=cpu': ['memory', 'io'],
    'exclude%5B%5D=io&exclude[]=cpu&exclude[]=cpu': ['memory'],
    'exclude[]=cpu&exclude[]=memory&exclude[]=io': [],
    'exclude[]=disk&exclude[]=': ['cpu', 'memory', 'io'],
  };
  for (const [query, collectors] of Object.entries(CASES)) {
    test(`?${query}`, () => assert.deepEqual(choose(query), collectors));
  }

  for (const query of [
    'collect[]=disk',
    'collect[]=cpu&collect[]=CPU',
    'collect[]=',
    'collect[]=pressure',
    'collect[]=cpu,io',
  ]) {
    test(`?${query} is answered with 400 and a list of the enabled collectors`, () => {
      const { status, body } = refuse(query);
      assert.equal(status, 400);
      assert.match(String(body), /^unknown or disabled collector: .*cpu, memory, io\n$/);
    });
  }

  for (const query of ['collect[]=cpu&exclude[]=io', 'exclude[]=disk&collect[]=disk', 'collect[]=&exclude[]=']) {
    test(`?${query} is answered with 400, because both parameters are given`, () => {
      assert.deepEqual(
        [refuse(query).status, refuse(query).body],
        [400, 'collect[] and exclude[] are mutually exclusive\n'],
      );
    });
  }

  test('a query of any size and content is answered with one short line', () => {
    const names = Array.from({ length: 100 }, (_, index) => `collect[]=${index}${'%0A'.repeat(1000)}`);
    const { body } = refuse(names.join('&'));
    assert.ok(body.length < 1500, `${body.length} characters`);
    assert.equal(body.indexOf('\n'), body.length - 1);
  });
});

import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { chooseCollectors, chooseFormat, scrapeBudget, UnknownCollector } from '../../../src/http/negotiation.ts';

describe('chooseFormat', () => {
  const TEXT: readonly string[] = [
    '',
    '*/*',
    'text/plain',
    'text/*',
    'text/plain;version=0.0.4',
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'application/json',
    'application/openmetrics-text;version=2.0.0',
    'application/openmetrics-text;version=0.0.1',
    'application/openmetrics-text;q=0',
    'application/openmetrics-text;q=0.3,text/plain;q=0.5',
    'application/openmetrics-text;q=lots',
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3',
    'text/plain;version=1.0.0;escaping=allow-utf-8',
    ';;;,,q=1',
  ];
  for (const accept of TEXT)
    test(`text for ${JSON.stringify(accept)}`, () => assert.equal(chooseFormat(accept), 'text'));

  const OPENMETRICS: Readonly<Record<string, string>> = {
    'the bare type': 'application/openmetrics-text',
    'the version that is written': 'application/openmetrics-text;version=1.0.0',
    'capital letters and spaces': 'Application/OpenMetrics-Text ; Version=1.0.0 ; charset=utf-8',
    'the better quality, listed last': 'text/plain;q=0.4, application/openmetrics-text;q=0.5',
    'the first of equals': 'application/openmetrics-text,text/plain',
    'Prometheus 2':
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'Prometheus 3':
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
  };
  for (const [what, accept] of Object.entries(OPENMETRICS)) {
    test(`OpenMetrics for ${what}`, () => assert.equal(chooseFormat(accept), 'openmetrics'));
  }
});

describe('scrapeBudget', () => {
  const CASES: Readonly<Record<string, number>> = {
    '10': 9.5,
    '5': 4.5,
    '1': 0.9,
    '0.5': 0.45,
    '60.5': 60,
    '61': 60,
    '1000': 60,
    '': 60,
    '0': 60,
    '-3': 60,
    soon: 60,
    NaN: 60,
    Infinity: 60,
    '10s': 60,
  };
  for (const [header, seconds] of Object.entries(CASES)) {
    test(`${JSON.stringify(header)} leaves ${seconds} s`, () =>
      assert.ok(Math.abs(scrapeBudget(header) - seconds) < 1e-9));
  }

  test('leaves time, however little there is', () => assert.ok(scrapeBudget('0.001') > 0));
});

describe('chooseCollectors', () => {
  const ENABLED = new Set(['cpu', 'memory', 'io']);
  const choose = (query: string): string[] => [...chooseCollectors(new URLSearchParams(query), ENABLED)];

  const CASES: Readonly<Record<string, readonly string[]>> = {
    '': ['cpu', 'memory', 'io'],
    'other=x': ['cpu', 'memory', 'io'],
    'collect=cpu': ['cpu', 'memory', 'io'],
    'collect[]=cpu': ['cpu'],
    'collect%5B%5D=cpu&collect[]=io': ['cpu', 'io'],
    'collect[]=io&collect[]=io': ['io'],
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
    test(`?${query} is refused with a list of what there is`, () => {
      assert.throws(
        () => choose(query),
        (error) => {
          assert.ok(error instanceof UnknownCollector);
          assert.match(error.message, /cpu, memory, io$/);
          assert.ok(!error.message.includes('\n'));
          return true;
        },
      );
    });
  }

  test('a query of any size and content makes a short line', () => {
    const names = Array.from({ length: 100 }, (_, index) => `collect[]=${index}${'%0A'.repeat(1000)}`);
    assert.throws(
      () => choose(names.join('&')),
      (error: Error) => {
        assert.ok(error.message.length < 1500, `${error.message.length} characters`);
        assert.ok(!error.message.includes('\n'));
        return true;
      },
    );
  });
});

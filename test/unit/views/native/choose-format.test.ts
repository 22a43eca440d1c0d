import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { chooseFormat } from '../../../../src/views/native/choose-format.ts';

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
    'application/openmetrics-text;version="2.0.0"',
    'application/openmetrics-text;version="1.0.0";q="0"',
    'application/openmetrics-text;version="1.0.0',
    'application/json;profile="a,application/openmetrics-text;version=1.0.0"',
    'application/json;profile="a\\",application/openmetrics-text"',
  ];
  for (const accept of TEXT)
    test(`text for ${JSON.stringify(accept)}`, () => assert.equal(chooseFormat(accept), 'text'));

  const OPENMETRICS: Readonly<Record<string, string>> = {
    'the bare type': 'application/openmetrics-text',
    'the version that is written': 'application/openmetrics-text;version=1.0.0',
    'capital letters and spaces': 'Application/OpenMetrics-Text ; Version=1.0.0 ; charset=utf-8',
    'quoted parameters': 'application/openmetrics-text;version="1.0.0";escaping="values";q="0.6",text/plain;q=0.5',
    'a version with a quoted pair': 'application/openmetrics-text;version="1\\.0.0"',
    'separators in a quoted parameter': 'application/openmetrics-text;escaping="a,b;version=2";version=1.0.0',
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

  test('the first of several versions counts, quoted or not', () => {
    assert.equal(chooseFormat('application/openmetrics-text;version="1.0.0";version="2.0.0"'), 'openmetrics');
    assert.equal(chooseFormat('application/openmetrics-text;version="2.0.0";version="1.0.0"'), 'text');
  });
});

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { ALL_OPTIONS } from '../../src/command-line.ts';
import { environmentName } from '../../src/options.ts';
import { unknownVariables } from '../../src/unknown-variables.ts';

test('a variable that no flag has is reported with the one that it resembles', () => {
  assert.deepEqual(
    unknownVariables({
      POD_EXPORTER_WEB_LISTEN_ADRESS: ':0',
      POD_EXPORTER_BOGUS: 'x',
      POD_EXPORTER_NO_COLLECTOR_CPU: 'true',
    }),
    [
      { variable: 'POD_EXPORTER_BOGUS' },
      { variable: 'POD_EXPORTER_NO_COLLECTOR_CPU', did_you_mean: 'POD_EXPORTER_COLLECTOR_CPU' },
      { variable: 'POD_EXPORTER_WEB_LISTEN_ADRESS', did_you_mean: 'POD_EXPORTER_WEB_LISTEN_ADDRESS' },
    ],
  );
});

test('variables of flags and of other programs are not reported', () => {
  const known = Object.fromEntries(Object.keys(ALL_OPTIONS).map((name) => [environmentName(name), 'x']));
  assert.deepEqual(unknownVariables({ ...known, LOG_LEVEL: 'x', POD_NAME: 'x', PODS: 'x' }), []);
});

test('variables that Kubernetes sets for a Service are not reported', () => {
  const address = 'tcp://10.96.0.7:9771';
  const variables = {
    POD_EXPORTER_SERVICE_HOST: '10.96.0.7',
    POD_EXPORTER_SERVICE_PORT: '9771',
    POD_EXPORTER_SERVICE_PORT_METRICS: '9771',
    POD_EXPORTER_PORT: address,
    POD_EXPORTER_PORT_9771_TCP: address,
    POD_EXPORTER_PORT_9771_TCP_PROTO: 'tcp',
    POD_EXPORTER_PORT_9771_TCP_PORT: '9771',
    POD_EXPORTER_PORT_9771_TCP_ADDR: '10.96.0.7',
    POD_EXPORTER_STAGING_SERVICE_HOST: '10.96.0.8',
    POD_EXPORTER_STAGING_PORT_9771_TCP: address,
  };
  assert.deepEqual(unknownVariables(variables), []);
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { httpRequest, sendRequest } from '../support/http-client.ts';
import { Cleanup } from '../support/cleanup.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { PlainNode } from '../support/plain-node.ts';
import { uuidOf } from '../support/pod-object.ts';
import { until } from '../support/until.ts';
import { parsePodsDocument } from '../support/pods-document.ts';

const PATH = '/api/v1/pods';

describe('/api/v1/pods', () => {
  const cleanup = new Cleanup();
  let node: PlainNode;
  let exporter: ExporterProcess;

  before(async () => {
    node = new PlainNode({ pods: ['web', 'db'] });
    cleanup.defer(() => node.remove());
    exporter = await ExporterProcess.start([...node.flags, `--pods=file:${node.podsFile}`]);
    cleanup.defer(() => exporter.stop());
    await exporter.ready();
  });

  after(() => cleanup.run());

  test('is JSON with every pod, compressed if the client accepts that', async () => {
    for (const accepted of ['identity', 'gzip']) {
      const response = await httpRequest(exporter.url + PATH, { headers: { 'Accept-Encoding': accepted } });
      assert.deepEqual(
        [response.status, response.headers['content-type'], response.headers['content-encoding']],
        [200, 'application/json', accepted === 'gzip' ? 'gzip' : undefined],
      );
      const { scope, node: own, pods } = parsePodsDocument(response.text);
      assert.deepEqual([scope, own['name'], pods.map(({ name }) => name)], ['node', node.nodeName, ['db', 'web']]);
      for (const { containers } of pods) {
        const cpu = containers[0]?.['cpu'] as { usage_seconds_total: number } | undefined;
        assert.equal(cpu?.usage_seconds_total, 1.5);
      }
    }
  });

  test('has the selected collectors only, and returns 400 for one that reads no pods', async () => {
    const { collectors } = parsePodsDocument((await httpRequest(`${exporter.url}${PATH}?collect[]=pids`)).text);
    assert.deepEqual(
      collectors.map(({ name }) => name),
      ['pids'],
    );
    const { status, text } = await httpRequest(`${exporter.url}${PATH}?collect[]=disk`);
    assert.equal(status, 400);
    assert.match(text, /^unknown or disabled collector: "disk"; enabled collectors: cpu, .*\n$/);
  });

  test('has rates after a wait with ?rates, and returns 400 for a time that it cannot wait', async () => {
    const { node: own } = parsePodsDocument((await httpRequest(`${exporter.url}${PATH}?rates=1s&collect[]=pids`)).text);
    assert.equal(own['rates'], undefined);
    const { pods } = parsePodsDocument((await httpRequest(`${exporter.url}${PATH}?rates=1s`)).text);
    for (const { rates, containers } of pods) {
      assert.ok((rates as { interval_seconds: number }).interval_seconds >= 0.95);
      const ofContainer = containers[0]?.['rates'] as { cpu: unknown } | undefined;
      assert.deepEqual(ofContainer?.cpu, { usage_seconds_total: 0, user_seconds_total: 0, system_seconds_total: 0 });
    }
    for (const rates of ['', '0s', '31s', '1', '1.5s', '1m', 'true']) {
      const { status, text } = await httpRequest(`${exporter.url}${PATH}?rates=${rates}`);
      assert.deepEqual(
        [status, text],
        [400, 'rates must be a whole number of seconds from 1s to 30s, such as 1s\n'],
        rates,
      );
    }
  });

  test('is a stream of events with ?watch, which ends at shutdown', async () => {
    const own = await ExporterProcess.start([...node.flags, `--pods=file:${node.podsFile}`, '--web.max-requests=1']);
    cleanup.defer(() => own.stop());
    await own.ready();
    const response = await sendRequest(`${own.url}${PATH}?watch=1s`, { headers: { 'Accept-Encoding': 'gzip' } });
    assert.deepEqual([response.statusCode, response.headers['content-type']], [200, 'text/event-stream']);
    let text = '';
    response.on('data', (piece: Buffer) => {
      text += piece.toString();
    });
    await until('three events', () => text.split('\n\n').length > 3);
    const documents = text
      .split('\n\n')
      .slice(0, 3)
      .map((event) => parsePodsDocument(event.replace(/^data: /, '')));
    const intervals = documents.map(({ pods }) => pods[0]?.['rates'] as { interval_seconds: number } | undefined);
    assert.equal(intervals[0], undefined);
    for (const rates of intervals.slice(1)) assert.ok((rates?.interval_seconds ?? 0) > 0.4);
    assert.equal((await httpRequest(`${own.url}${PATH}?watch=1s`)).status, 503);
    assert.equal((await httpRequest(`${own.url}/metrics`)).status, 200);
    for (const query of ['watch=0s', 'watch=61s', 'watch=true', 'watch=2s&rates=1s']) {
      assert.equal((await httpRequest(`${own.url}${PATH}?${query}`)).status, 400, query);
    }
    const ended = new Promise((resolve) => response.once('end', resolve));
    assert.equal(await own.stop(), 0);
    await ended;
  });

  test('is read-only', async () => {
    assert.equal((await httpRequest(exporter.url + PATH, { method: 'POST' })).status, 405);
  });

  test('has one pod with --scope=pod', async () => {
    const own = await ExporterProcess.start([
      ...node.flags,
      '--scope=pod',
      `--pod-uid=${uuidOf('web')}`,
      '--pod-namespace=shop',
      '--pod-name=web',
      '--pods=none',
    ]);
    cleanup.defer(() => own.stop());
    const { scope, node: known, pods } = parsePodsDocument((await httpRequest(own.url + PATH)).text);
    assert.deepEqual([scope, known], ['pod', { name: node.nodeName }]);
    assert.deepEqual(
      pods.map(({ namespace, name }) => `${namespace}/${name}`),
      ['shop/web'],
    );
  });
});

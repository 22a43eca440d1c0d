import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { httpRequest } from '../support/http-client.ts';
import { Cleanup } from '../support/cleanup.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { PlainNode } from '../support/plain-node.ts';
import { uuidOf } from '../support/pod-object.ts';
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

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { httpStatus } from '../support/api-faults.ts';
import { httpRequest } from '../support/http-client.ts';
import { PlainNode } from '../support/plain-node.ts';
import { uuidOf } from '../support/pod-object.ts';
import { EXPORTER, Program } from '../support/program.ts';
import { SampleTable } from '../support/sample-table.ts';
import { serveNode } from '../support/served-node.ts';
import { equals, until } from '../support/until.ts';

/** What the downward API gives to the pod `web`. */
const WEB = {
  POD_UID: uuidOf('web'),
  POD_NAMESPACE: 'shop',
  POD_NAME: 'web',
  POD_IP: '10.0.0.1',
  HOST_IP: '192.0.2.1',
};

const LABELS = { namespace: 'shop', pod: 'web' };

const SCOPE = ['--scope=pod', '--web.listen-address=127.0.0.1:0'];

describe('the scope of one pod', () => {
  test('is ready before the API server answers, and takes names from it when it does', async (t) => {
    const { apiServer, proxy, flags } = await serveNode(t, { pods: ['web', 'other'] });
    proxy.hold();
    const program = await Program.start([...EXPORTER, ...flags, ...SCOPE], { env: WEB });
    t.after(() => program.stop());
    const url = await program.listening();
    const scrape = async (): Promise<SampleTable> => new SampleTable((await httpRequest(`${url}/metrics`)).text);
    assert.equal((await httpRequest(`${url}/readyz`)).status, 200);
    const early = await scrape();
    assert.equal(early.value('pod_cpu_usage_seconds_total', LABELS), 1.5);
    assert.equal(early.value('pod_exporter_pods_synced'), 0);
    const { POD_UID: uid } = WEB;
    const told = {
      ...LABELS,
      uid,
      node: 'plain-node',
      host_network: 'false',
      pod_ip: '10.0.0.1',
      host_ip: '192.0.2.1',
    };
    assert.equal(early.value('pod_info', told), 1);
    await proxy.open();
    const container = { ...LABELS, container: 'app' };
    const cpu = async (): Promise<number | undefined> =>
      (await scrape()).value('container_cpu_usage_seconds_total', container);
    await until('the name of the container', cpu, equals(1.5));
    const late = await scrape();
    assert.equal(late.value('pod_exporter_pods_indexed'), 1);
    for (const { text } of [early, late]) assert.doesNotMatch(text, /other|^cgroup_/m);
    assert.equal(late.family('pod_info')[0]?.labels['host_ip'], '10.200.0.1');
    assert.match(
      apiServer.requests[0]?.url ?? '',
      /^\/api\/v1\/namespaces\/shop\/pods\?fieldSelector=metadata\.name%3Dweb&/,
    );
    await program.logs(/msg=found scope=pod namespace=shop pod=web .* pods_source=api$/m);
  });

  for (const pods of ['auto', 'api']) {
    test(`prints a scrape though the API server refuses, with --pods=${pods}`, async (t) => {
      const { apiServer, flags } = await serveNode(t);
      apiServer.failAll('list', httpStatus(403));
      const argv = [...EXPORTER, ...flags, `--pods=${pods}`, '--scope=pod', '--once'];
      const { code, stdout, stderr } = await Program.run(argv, { env: WEB });
      assert.equal(code, 0, stderr);
      assert.equal(new SampleTable(stdout).value('pod_cpu_usage_seconds_total', LABELS), 1.5);
      assert.match(stderr, /level=warn .*cause="HTTP 403 Forbidden"/);
      assert.match(stderr, /missing="no names of containers \(the API server has not listed this pod, .*"$/m);
    });
  }

  test('needs no list and no API server', async (t) => {
    const node = new PlainNode();
    t.after(() => node.remove());
    const argv = [...EXPORTER, ...node.flags, '--scope=pod', '--once'];
    const { code, stdout, stderr } = await Program.run(argv, { env: WEB });
    assert.equal(code, 0, stderr);
    assert.equal(new SampleTable(stdout).family('pod_info').length, 1);
    assert.match(stderr, /pods_source=none missing="no names of containers \(no in-cluster credentials\)/);
  });

  test('is not guessed: without the UID and without a cgroup it ends with one line', async (t) => {
    const node = new PlainNode();
    t.after(() => node.remove());
    const empty = join(node.folder, 'empty');
    mkdirSync(empty);
    const argv = [...EXPORTER, '--scope=pod', '--pods=none', `--path.cgroup=${empty}`];
    const { code, stderr } = await Program.run(argv, { env: { POD_NAMESPACE: 'shop', POD_NAME: 'web' } });
    const message = `--scope=pod cannot identify the pod, set POD_UID: no cgroup hierarchy below ${empty}`;
    assert.deepEqual({ code, stderr }, { code: 1, stderr: `pod-exporter: ${message}\n` });
  });
});

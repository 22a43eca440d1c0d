import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { httpRequest } from '../support/http-client.ts';
import { Cleanup } from '../support/cleanup.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { PlainNode } from '../support/plain-node.ts';
import { parseSummary } from '../support/summary-schema.ts';
import { equals, until } from '../support/until.ts';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';

const PATHS = ['/metrics/cadvisor', '/metrics/resource', '/stats/summary'];

describe("the kubelet's endpoints", () => {
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

  const at = (path: string): string => `${exporter.url}${path}`;

  test('/metrics/resource is text 0.0.4 whatever is accepted', async () => {
    for (const accept of [undefined, OPENMETRICS, 'application/json', '*/*']) {
      const headers = accept === undefined ? {} : { Accept: accept };
      const { status, headers: got, text } = await httpRequest(at('/metrics/resource'), { headers });
      assert.deepEqual([status, got['content-type'], got['vary']], [200, TEXT, 'Accept-Encoding']);
      assert.doesNotMatch(text, /# EOF/);
      assert.equal(text.match(/^container_cpu_usage_seconds_total\{/gm)?.length, 2);
    }
  });

  test('they are compressed if the client requests that', async () => {
    for (const path of PATHS) {
      const { headers, text } = await httpRequest(at(path), { headers: { 'Accept-Encoding': 'gzip' } });
      assert.equal(headers['content-encoding'], 'gzip', path);
      assert.ok(text.includes('web'), path);
    }
  });

  test('they answer HEAD like GET, without a body', async () => {
    for (const path of PATHS) {
      const get = await httpRequest(at(path));
      const head = await httpRequest(at(path), { method: 'HEAD' });
      assert.deepEqual([head.status, head.text], [200, ''], path);
      assert.equal(head.headers['content-type'], get.headers['content-type'], path);
    }
  });

  test('/stats/summary is JSON, to GET and to POST', async () => {
    for (const method of ['GET', 'POST']) {
      const { status, headers, text } = await httpRequest(at('/stats/summary'), { method });
      assert.deepEqual(
        [status, headers['content-type'], headers['vary']],
        [200, 'application/json', 'Accept-Encoding'],
      );
      const { node: own, pods } = parseSummary(text);
      assert.equal(own.nodeName, node.nodeName);
      assert.deepEqual(pods.map(({ podRef }) => podRef.name).toSorted(), ['db', 'web']);
      for (const { containers } of pods) {
        // Plain files do not change between two readings.
        assert.equal(containers[0]?.cpu?.usageNanoCores, 0);
        assert.equal(containers[0].cpu.usageCoreNanoSeconds, 1_500_000_000);
      }
    }
  });

  test('/stats/summary has CPU and memory only if exactly that is requested', async () => {
    const fields = async (query: string): Promise<boolean> => {
      const { pods } = parseSummary((await httpRequest(at(`/stats/summary?${query}`), { method: 'POST' })).text);
      return pods[0]?.process_stats === undefined;
    };
    assert.equal(await fields('only_cpu_and_memory=true'), true);
    for (const query of ['only_cpu_and_memory=false', 'only_cpu_and_memory', 'x=1']) {
      assert.equal(await fields(query), false, query);
    }
  });

  test('/stats/summary does not wait for a second reading when there is no time for one', async () => {
    const own = await ExporterProcess.start([...node.flags, `--pods=file:${node.podsFile}`]);
    cleanup.defer(() => own.stop());
    await own.ready();
    const headers = { 'X-Prometheus-Scrape-Timeout-Seconds': '0.3' };
    const { pods } = parseSummary((await httpRequest(`${own.url}/stats/summary`, { headers })).text);
    assert.equal(pods[0]?.cpu?.usageCoreNanoSeconds, 1_500_000_000);
    assert.equal(pods[0].cpu.usageNanoCores, undefined);
  });

  test('they take no other method', async () => {
    assert.equal((await httpRequest(at('/metrics/resource'), { method: 'POST' })).status, 405);
    assert.equal((await httpRequest(at('/stats/summary'), { method: 'PUT' })).status, 405);
  });

  test('a bearer token is ignored', async () => {
    const headers = { Authorization: 'Bearer abc' };
    assert.equal((await httpRequest(at('/metrics/resource'), { headers })).status, 200);
  });

  test('a deadline that is over at once is an error of the scrape', async () => {
    const headers = { 'X-Prometheus-Scrape-Timeout-Seconds': '0.0001' };
    const { status, text } = await httpRequest(at('/metrics/resource'), { headers });
    assert.equal(status, 200);
    assert.match(text, /^resource_scrape_error 1$/m);
    assert.doesNotMatch(text, /^container_/m);
  });

  test('/metrics has nothing of what only they show', async () => {
    await httpRequest(at('/metrics/resource'));
    const { text } = await httpRequest(at('/metrics'));
    assert.doesNotMatch(text, /^node_|node-cpu|pressure-averages/m);
  });

  test('the start page leads to them', async () => {
    const { text } = await httpRequest(at('/'));
    for (const path of PATHS) assert.ok(text.includes(`href=".${path}"`), path);
  });
});

test('without names of pods there is only the node', async (t) => {
  const node = new PlainNode({ pods: ['web'] });
  t.after(() => node.remove());
  const exporter = await ExporterProcess.start([...node.flags, '--pods=none']);
  t.after(() => exporter.stop());
  const { text } = await httpRequest(`${exporter.url}/metrics/resource`);
  assert.match(text, /^resource_scrape_error 0$/m);
  assert.doesNotMatch(text, /^(?:pod|container)_/m);
  const { node: own, pods } = parseSummary((await httpRequest(`${exporter.url}/stats/summary`)).text);
  assert.deepEqual([own.nodeName, pods], [node.nodeName, []]);
});

test('scrapes are limited together, whatever they ask for', async (t) => {
  const node = new PlainNode({ pods: Array.from({ length: 20 }, (_, number) => `web-${number}`), devices: 500 });
  t.after(() => node.remove());
  const exporter = await ExporterProcess.start([...node.flags, `--pods=file:${node.podsFile}`, '--web.max-requests=1']);
  t.after(() => exporter.stop());
  await exporter.ready();
  // The first answer to a summary takes a second reading of CPU time, 200 ms later.
  const summary = httpRequest(`${exporter.url}/stats/summary`);
  const others = PATHS.filter((path) => path !== '/stats/summary');
  const statuses = await Promise.all(others.map(async (path) => (await httpRequest(exporter.url + path)).status));
  assert.deepEqual([new Set(statuses), (await summary).status], [new Set([503]), 200]);
  const status = async (): Promise<number> => (await httpRequest(`${exporter.url}/metrics/resource`)).status;
  await until('status 200 of the next scrape', status, equals(200));
});

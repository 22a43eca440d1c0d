import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { text } from 'node:stream/consumers';

import { httpRequest } from '../support/http-client.ts';
import { Cleanup } from '../support/cleanup.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { parseExposition } from '../support/exposition.ts';
import { PlainNode } from '../support/plain-node.ts';
import { serveNode } from '../support/served-node.ts';
import { equals, until } from '../support/until.ts';
import { assertComplete, nodeSamples } from '../support/complete-exposition.ts';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,' +
  'text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,' +
  'application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,' +
  'text/plain;version=0.0.4;q=0.2,*/*;q=0.1';
const PROMETHEUS_PROTOBUF =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,' +
  'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';

/** `pod_exporter_collector_success` by collector. */
function successes(exposition: string): Readonly<Record<string, number>> {
  const samples = parseExposition(exposition).filter(({ name }) => name === 'pod_exporter_collector_success');
  return Object.fromEntries(samples.map(({ labels, value }) => [labels['collector'] ?? '', value]));
}

describe('the server', () => {
  const cleanup = new Cleanup();
  let node: PlainNode;
  let exporter: ExporterProcess;
  let metrics: string;

  before(async () => {
    node = new PlainNode({ pods: ['web', 'db'], devices: 3 });
    cleanup.defer(() => node.remove());
    exporter = await ExporterProcess.start([...node.flags, `--pods=file:${node.podsFile}`]);
    cleanup.defer(() => exporter.stop());
    await exporter.ready();
    metrics = `${exporter.url}/metrics`;
  });

  after(() => cleanup.run());

  describe('answers in the format', () => {
    const table: readonly (readonly [who: string, accept: string | undefined, type: string])[] = [
      ['nobody asked for', undefined, TEXT],
      ['Prometheus 2 likes best', PROMETHEUS_2, OPENMETRICS],
      ['Prometheus 3 likes best', PROMETHEUS_3, OPENMETRICS],
      ['Prometheus likes best of those we write', PROMETHEUS_PROTOBUF, OPENMETRICS],
      ['a browser can show', BROWSER, TEXT],
      ['curl takes', '*/*', TEXT],
      ['that is preferred over the other', 'application/openmetrics-text;q=0.1,text/plain;q=0.2', TEXT],
      ['that is always understood, when asked for another', 'application/json', TEXT],
      ['that is always understood, when asked for nonsense', ';;q=,,text/;q=x', TEXT],
    ];
    for (const [who, accept, type] of table) {
      test(who, async () => {
        const headers = accept === undefined ? {} : { Accept: accept };
        const { status, headers: got, text: body } = await httpRequest(metrics, { headers });
        assert.equal(status, 200);
        assert.equal(got['content-type'], type);
        assert.match(got['vary'] ?? '', /\bAccept\b.*\bAccept-Encoding\b/i);
        assert.equal(body.endsWith('\n# EOF\n'), type === OPENMETRICS);
        assert.equal(body.includes('# EOF'), type === OPENMETRICS);
        assertComplete(body, node);
      });
    }
  });

  describe('compresses', () => {
    const table: Readonly<Record<string, string | undefined>> = {
      gzip: 'gzip',
      'gzip, deflate, br': 'gzip',
      'br, *': 'gzip',
      'gzip;q=0': undefined,
      identity: undefined,
      br: undefined,
    };
    for (const [accepted, encoding] of Object.entries(table)) {
      test(`for "${accepted}": ${encoding ?? 'not at all'}`, async () => {
        const {
          status,
          headers,
          text: body,
        } = await httpRequest(metrics, { headers: { 'Accept-Encoding': accepted } });
        assert.equal(status, 200);
        assert.equal(headers['content-encoding'], encoding);
        assertComplete(body, node);
      });
    }

    test('not at all for a client that does not mention it', async () => {
      const plain = await httpRequest(metrics);
      assert.equal(plain.headers['content-encoding'], undefined);
      const compressed = await httpRequest(metrics, { headers: { 'Accept-Encoding': 'gzip' } });
      assert.deepEqual(nodeSamples(compressed.text), nodeSamples(plain.text));
    });
  });

  test('answers HEAD like GET, without a body', async () => {
    for (const path of ['/', '/metrics', '/healthz', '/readyz']) {
      const get = await httpRequest(exporter.url + path);
      const head = await httpRequest(exporter.url + path, { method: 'HEAD' });
      assert.deepEqual([head.status, head.text], [200, ''], path);
      assert.equal(head.headers['content-type'], get.headers['content-type'], path);
    }
    const headers = { Accept: PROMETHEUS_2 };
    assert.equal((await httpRequest(metrics, { method: 'HEAD', headers })).headers['content-type'], OPENMETRICS);
  });

  describe('collect[]', () => {
    test('selects one collector', async () => {
      const { text: body } = await httpRequest(`${metrics}?collect[]=cpu`);
      assert.deepEqual(successes(body), { cpu: 1 });
      assert.ok(nodeSamples(body).every((line) => /^(?:container|pod|cgroup)_cpu_/.test(line)));
      assert.ok(nodeSamples(body).length > 0);
    });

    test('selects several, named twice or percent-encoded', async () => {
      const { text: body } = await httpRequest(`${metrics}?collect%5B%5D=pids&collect[]=io&other=1&collect[]=io`);
      assert.deepEqual(Object.keys(successes(body)).toSorted(), ['io', 'pids']);
    });

    for (const [what, name] of Object.entries({ unknown: 'bogus<b>', 'switched off': 'hugetlb', empty: '' })) {
      test(`answers 400 and the list for a collector that is ${what}`, async () => {
        const { status, headers, text: body } = await httpRequest(`${metrics}?collect[]=cpu&collect[]=${name}`);
        assert.equal(status, 400);
        assert.match(headers['content-type'] ?? '', /^text\/plain\b/);
        assert.ok(body.includes(JSON.stringify(name)), body);
        assert.match(
          body,
          /cpu, memory, io, pids, pressure, network, sockets, info, state, machine, disk, filesystem, volumes\n$/,
        );
      });
    }
  });

  describe('X-Prometheus-Scrape-Timeout-Seconds', () => {
    const name = 'X-Prometheus-Scrape-Timeout-Seconds';

    test('that is over at once cuts what has to be read, and reports that', async () => {
      const { status, text: body } = await httpRequest(metrics, { headers: { [name]: '0.0001' } });
      assert.equal(status, 200);
      const { info: _info, state: _state, ...read } = successes(body);
      assert.equal(Object.keys(read).length, 11);
      assert.deepEqual(new Set(Object.values(read)), new Set([0]));
      const known = /^(?:pod|container)_(?:info|start_time|restarts|terminated|resource|oom)/;
      assert.deepEqual(
        nodeSamples(body).filter((line) => !known.test(line)),
        [],
      );
    });

    test('that leaves time cuts nothing', async () => {
      const { text: body } = await httpRequest(metrics, { headers: { [name]: '10' } });
      assertComplete(body, node);
    });

    for (const value of ['', 'soon', '-1', '0', 'NaN', '1e999', '9'.repeat(400), '1,1']) {
      test(`is not looked at if it is "${value.slice(0, 9)}"`, async () => {
        const { status, text: body } = await httpRequest(metrics, { headers: { [name]: value } });
        assert.equal(status, 200);
        // A node of plain files shows no process, so that these see nothing.
        const { network, sockets, ...others } = successes(body);
        assert.deepEqual([network, sockets], [0, 0]);
        assert.deepEqual(new Set(Object.values(others)), new Set([1]));
        assertComplete(body, node);
      });
    }
  });

  test('shares one collection among concurrent requests', async () => {
    const count = /^pod_exporter_scrape_duration_seconds_count (\d+)$/gm;
    const counted = (exposition: string): readonly number[] =>
      [...exposition.matchAll(count)].map(([, value]) => Number(value));
    const counts = async (query: string): Promise<readonly number[]> =>
      counted((await httpRequest(metrics + query)).text);
    await until(
      'two answers from one collection',
      async () => (await Promise.all([counts(''), counts('?collect[]=cpu')])).flat(),
      ([first, second]) => first === second,
    );
  });

  test('shows a page for people', async () => {
    const { status, headers, text: body } = await httpRequest(`${exporter.url}/`);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.match(body, /^<!doctype html>/);
    for (const fact of ['href="./metrics"', 'href="./healthz"', 'href="./readyz"', node.nodeName, 'v2', 'sockets']) {
      assert.ok(body.includes(fact), fact);
    }
  });

  test('states what it does not have and what it does not do', async () => {
    assert.equal((await httpRequest(`${exporter.url}/metric`)).status, 404);
    assert.equal((await httpRequest(`${exporter.url}/%ff`)).status, 404);
    for (const path of ['/', '/metrics', '/healthz']) {
      const { status, headers } = await httpRequest(exporter.url + path, { method: 'POST' });
      assert.equal(status, 405);
      assert.deepEqual(headers['allow']?.split(', ').toSorted(), ['GET', 'HEAD']);
    }
  });

  test('survives requests that are too long', async () => {
    assert.equal((await httpRequest(`${metrics}?x=${'a'.repeat(8000)}`)).status, 200);
    assert.equal((await httpRequest(`${metrics}?x=${'a'.repeat(100_000)}`)).status, 431);
    assert.equal((await httpRequest(metrics, { headers: { Accept: 'a,'.repeat(50_000) } })).status, 431);
    const many = Array.from({ length: 5000 }, (_, position) => `collect[]=x${position}`)
      .join('&')
      .slice(0, 15_000);
    const { status, text: body } = await httpRequest(`${metrics}?${many}`);
    assert.equal(status, 400);
    assert.ok(body.length < 1000, `${body.length} bytes`);
    assertComplete((await httpRequest(metrics)).text, node);
  });

  test('survives what is not HTTP', async () => {
    for (const noise of [
      '\0\0\0\0',
      'GET\r\n\r\n',
      `GET / HTTP/1.1\r\n${': x\r\n'.repeat(9)}\r\n`,
      '\x16\x03\x01\x02\x00\x01',
    ]) {
      const socket = connect(Number(new URL(exporter.url).port), '127.0.0.1');
      socket.end(noise);
      assert.match(await text(socket), /^HTTP\/1\.1 400 /);
    }
    assertComplete((await httpRequest(metrics)).text, node);
  });
});

test('another path for the metrics is served and shown', async (t) => {
  const node = new PlainNode();
  t.after(() => node.remove());
  const flags = [...node.flags, `--pods=file:${node.podsFile}`, '--web.telemetry-path=/node/pods'];
  const exporter = await ExporterProcess.start(flags);
  t.after(() => exporter.stop());
  await exporter.ready();
  assertComplete((await httpRequest(`${exporter.url}/node/pods`)).text, node);
  assert.equal((await httpRequest(`${exporter.url}/metrics`)).status, 404);
  assert.ok((await httpRequest(exporter.url)).text.includes('href="./node/pods"'));
});

test('is ready once the first pod list is synced, and not before', async (t) => {
  const { node, apiServer, proxy, flags } = await serveNode(t);
  proxy.hold();
  const exporter = await ExporterProcess.start(flags);
  t.after(() => exporter.stop());
  const early = await httpRequest(`${exporter.url}/readyz`);
  assert.equal(early.status, 503);
  assert.match(early.text, /^first pod list not synced yet\n$/);
  assert.equal((await httpRequest(`${exporter.url}/healthz`)).status, 200);
  assert.match((await httpRequest(exporter.url)).text, /first list not synced yet/);
  const unnamed = await httpRequest(`${exporter.url}/metrics`);
  assert.equal(unnamed.status, 200);
  assert.ok(nodeSamples(unnamed.text).every((line) => line.startsWith('cgroup_')));
  assert.match(unnamed.text, /^pod_exporter_pods_synced 0$/m);
  assert.equal(apiServer.requests.length, 0);

  const listed = once(apiServer.events, 'list');
  await proxy.open();
  await listed;
  await until('status 200 of /readyz', async () => (await httpRequest(`${exporter.url}/readyz`)).status, equals(200));
  const named = await httpRequest(`${exporter.url}/metrics`);
  assertComplete(named.text, node);
  assert.match(named.text, /^pod_exporter_pods_synced 1$/m);
});

test('refuses more scrapes at a time than it may answer, and nothing else', async (t) => {
  const node = new PlainNode({ pods: Array.from({ length: 20 }, (_, number) => `web-${number}`), devices: 500 });
  t.after(() => node.remove());
  const flags = [...node.flags, `--pods=file:${node.podsFile}`, '--web.max-requests=1'];
  const exporter = await ExporterProcess.start(flags);
  t.after(() => exporter.stop());
  await exporter.ready();
  // The first answer to a summary takes a second reading of CPU time, 200 ms later.
  const summary = httpRequest(`${exporter.url}/stats/summary`);
  const others = await Promise.all(Array.from({ length: 20 }, () => httpRequest(`${exporter.url}/metrics`)));
  const refused = others.filter(({ status }) => status === 503);
  assert.ok(refused.length > 0 && (await summary).status === 200);
  for (const { text: body, headers } of refused) {
    assert.equal(body, 'too many scrapes in progress, retry later\n');
    assert.equal(headers['retry-after'], '1');
    assert.match(headers['content-type'] ?? '', /^text\/plain\b/);
  }
  assert.equal((await httpRequest(`${exporter.url}/healthz`)).status, 200);
  assert.equal((await httpRequest(`${exporter.url}/`)).status, 200);
  const status = async (): Promise<number> => (await httpRequest(`${exporter.url}/metrics?collect[]=cpu`)).status;
  await until('status 200 of the next scrape', status, equals(200));
});

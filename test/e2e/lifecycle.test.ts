import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

import { httpRequest, sendRequest, readResponse } from '../support/http-client.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { parseExposition } from '../support/exposition.ts';
import { PlainNode } from '../support/plain-node.ts';
import type { PlainNodeOptions } from '../support/plain-node.ts';
import { EXPORTER, Program } from '../support/program.ts';
import { serveNode } from '../support/served-node.ts';
import { equals, until } from '../support/until.ts';
import type { Argv } from '../support/workloads.ts';
import { assertComplete } from '../support/complete-exposition.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Its answer fits into no socket. */
const LARGE = { pods: Array.from({ length: 20 }, (_, number) => `web-${number}`), devices: 500 };
const LISTEN = '--web.listen-address=127.0.0.1:0';

interface Started {
  readonly node: PlainNode;
  readonly program: Program;
  readonly url: string;
}

/** Starts an exporter for a node of plain files, both of which live as long as the test at most. */
async function start(t: TestContext, options?: PlainNodeOptions, exporter: Argv = EXPORTER): Promise<Started> {
  const node = new PlainNode(options);
  t.after(() => node.remove());
  const program = await Program.start([...exporter, LISTEN, ...node.flags, `--pods=file:${node.podsFile}`]);
  t.after(() => program.stop());
  const url = await program.listening();
  await program.logs(/msg=found/);
  return { node, program, url };
}

/** Whether nobody listens there any more. */
async function isRefused(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once('connect', () => resolve(false));
  socket.once('error', (error) => resolve('code' in error && error.code === 'ECONNREFUSED'));
  const refused = await promise;
  socket.destroy();
  return refused;
}

describe('a signal', () => {
  const underWay: readonly (readonly [NodeJS.Signals, string, OutgoingHttpHeaders])[] = [
    ['SIGTERM', 'an answer', {}],
    ['SIGTERM', 'a compressed answer', { 'Accept-Encoding': 'gzip' }],
    ['SIGINT', 'an answer', {}],
  ];
  for (const [signal, what, headers] of underWay) {
    test(`${signal} lets ${what} under way be finished, then ends the program with 0`, async (t) => {
      const { node, program, url } = await start(t, LARGE);
      const response = await sendRequest(`${url}/metrics`, { headers });
      program.signal(signal);
      await program.logs(new RegExp(`msg=stopping signal=${signal}`));
      await until('refused connections', () => isRefused(url));
      assertComplete((await readResponse(response)).text, node);
      const { code, stderr } = await program.exits();
      assert.equal(code, 0);
      assert.doesNotMatch(stderr, /level=error/);
    });
  }

  const idle: Readonly<Record<string, (socket: Socket) => Promise<void>>> = {
    'is kept alive after an answer': async (socket) => {
      socket.write('GET /healthz HTTP/1.1\r\nHost: node\r\n\r\n');
      await once(socket, 'data');
    },
    'has not asked anything': () => Promise.resolve(),
    'has asked half a question': (socket) =>
      new Promise((resolve) => socket.write('GET /metrics HTTP/1.1\r\nHo', () => resolve())),
  };
  for (const [what, use] of Object.entries(idle)) {
    test(`SIGTERM does not wait for a connection that ${what}`, async (t) => {
      const { program, url } = await start(t);
      const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true });
      t.after(() => socket.destroy());
      socket.on('error', () => {});
      await once(socket, 'connect');
      await use(socket);
      // What was sent before this is there when this is answered.
      await httpRequest(`${url}/healthz`);
      await program.exitsAtOnce('SIGTERM');
    });
  }

  test('SIGTERM does not wait for an API server that does not answer', async (t) => {
    const { proxy, flags } = await serveNode(t);
    proxy.hold();
    const program = await Program.start([...EXPORTER, LISTEN, ...flags]);
    t.after(() => program.stop());
    await program.listening();
    await program.exitsAtOnce('SIGTERM');
  });

  const { error: noNpm } = spawnSync('npm', ['--version']);
  test('reaches the program through npm start', { skip: noNpm === undefined ? false : 'needs npm' }, async (t) => {
    const cache = mkdtempSync(join(tmpdir(), 'pod-exporter-npm-'));
    t.after(() => rmSync(cache, { recursive: true, force: true }));
    const quiet = [`--cache=${cache}`, '--no-update-notifier', '--offline'];
    const npm = ['npm', '--prefix', ROOT, ...quiet, 'start', '--'];
    const { program, url } = await start(t, {}, npm);
    assert.equal((await httpRequest(`${url}/healthz`)).status, 200);
    program.signal('SIGTERM');
    const { stderr } = await program.exits();
    assert.match(stderr, /msg=stopping signal=SIGTERM/);
    assert.ok(await isRefused(url));
  });
});

describe('a file of pods', () => {
  test('that becomes invalid keeps the last valid one and is reported once, until it is valid again', async (t) => {
    const { node, program, url } = await start(t, { pods: ['a', 'b'] });
    // As long as there is a cgroup without a name, each scrape has a look at the file.
    node.addPod('c');
    const named = async (): Promise<readonly string[]> => pods((await httpRequest(`${url}/metrics`)).text);
    const warnings = (): number =>
      program.stderr.match(/level=warn msg="cannot read pods, keeping the last index"/g)?.length ?? 0;
    node.replacePods('{"kind": "List",\n"items": [');
    assert.deepEqual(await named(), ['a', 'b']);
    await program.logs(/keeping the last index" path=\S+ cause="not valid JSON/);
    for (let scrapes = 0; scrapes < 5; scrapes++) assert.deepEqual(await named(), ['a', 'b']);
    assert.match(
      (await httpRequest(`${url}/metrics`)).text,
      /^pod_exporter_pods_restarts_total\{reason="invalid_file"\} 1$/m,
    );
    assert.equal((await httpRequest(`${url}/readyz`)).status, 200);
    assert.equal(warnings(), 1);

    node.writePods();
    await until('the name of the third pod', named, equals(['a', 'b', 'c']));
    await program.logs(/msg="resumed reading pods"/);
    assert.equal(warnings(), 1);
  });
});

describe('an API server', () => {
  /** Starts an exporter for a node whose pods an API server shows. */
  async function startServed(t: TestContext, options?: PlainNodeOptions) {
    const served = await serveNode(t, options);
    const exporter = await ExporterProcess.start(served.flags);
    t.after(() => exporter.stop());
    await exporter.ready();
    await until('the watch', () => served.apiServer.openWatches, equals(1));
    const scrape = async (): Promise<string> => (await httpRequest(`${exporter.url}/metrics`)).text;
    const indexed = async (count: number): Promise<void> => {
      const known = async (): Promise<string | undefined> =>
        /^pod_exporter_pods_indexed (\d+)$/m.exec(await scrape())?.[1];
      await until(`${count} pods in the index`, known, equals(String(count)));
    };
    return { ...served, exporter, scrape, indexed };
  }

  test('that goes away leaves the names that were known, and is followed again when it is back', async (t) => {
    const { node, apiServer, proxy, exporter, scrape, indexed } = await startServed(t, { pods: ['a', 'b'] });
    await proxy.refuse();
    await until(
      '"cannot watch pods" on standard error',
      () => exporter.log,
      (log) => log.includes('level=warn msg="cannot watch pods'),
    );
    assert.deepEqual(pods(await scrape()), ['a', 'b']);
    assert.equal((await httpRequest(`${exporter.url}/readyz`)).status, 200);
    apiServer.setPod(node.addPod('c').object);
    assert.deepEqual(pods(await scrape()), ['a', 'b']);
    assert.match(await scrape(), /^pod_exporter_cgroups\{kind="unmatched"\} [1-9]/m);

    await proxy.open();
    await indexed(3);
    assert.deepEqual(pods(await scrape()), ['a', 'b', 'c']);
    assert.match(await scrape(), /^pod_exporter_cgroups\{kind="unmatched"\} 0$/m);
  });

  test('reports a new pod by its watch', async (t) => {
    const { node, apiServer, scrape, indexed } = await startServed(t, { pods: ['a'] });
    const pod = node.addPod('b');
    node.removePod(pod);
    apiServer.setPod(pod.object);
    await indexed(2);
    assert.deepEqual(pods(await scrape()), ['a']);
    node.addPod('b');
    assert.deepEqual(pods(await scrape()), ['a', 'b']);
    assert.equal(apiServer.count('list'), 1);
  });

  test('that deletes a pod leaves it its name until its cgroup is gone', async (t) => {
    const { node, apiServer, scrape, indexed } = await startServed(t, { pods: ['a', 'b'] });
    const pod = node.pod('b');
    apiServer.deletePod(pod.object.metadata.uid);
    await indexed(1);
    const text = await scrape();
    assert.deepEqual(pods(text), ['a', 'b']);
    assert.match(text, /^pod_exporter_cgroups\{kind="unmatched"\} 0$/m);
    node.removePod(pod);
    const later = await scrape();
    assert.deepEqual(pods(later), ['a']);
    assert.doesNotMatch(later, /pod="b"/);
  });
});

/** Names of the pods with a container that uses CPU. */
function pods(exposition: string): readonly string[] {
  const samples = parseExposition(exposition).filter(({ name }) => name === 'container_cpu_usage_seconds_total');
  return samples.map(({ labels }) => labels['pod'] ?? '').toSorted();
}

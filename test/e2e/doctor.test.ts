import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { httpStatus } from '../support/api-faults.ts';
import { EXPORTER, Program } from '../support/program.ts';
import type { Ending } from '../support/program.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { PlainNode } from '../support/plain-node.ts';
import { SampleTable } from '../support/sample-table.ts';
import { until } from '../support/until.ts';
import { StandInEngine } from '../support/stand-in-engine.ts';
import { serveNode } from '../support/served-node.ts';

interface Document {
  readonly version: string;
  readonly failed: number;
  readonly checks: readonly { readonly id: string; readonly state: string; readonly seen: string }[];
}

function doctor(flags: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ending> {
  return Program.run([...EXPORTER, 'doctor', ...flags], { env });
}

/** Flags under which no check fails on a node of plain files. */
const WITHOUT_KERNEL = ['--no-collector.pressure', '--no-collector.network'];

function stateOf({ checks }: Document, wanted: string): string | undefined {
  return checks.find(({ id }) => id === wanted)?.state;
}

function plainNode(t: TestContext): PlainNode {
  const plain = new PlainNode();
  t.after(() => plain.remove());
  return plain;
}

describe('doctor', { concurrency: 3 }, () => {
  test('exits with 0 if nothing fails, and lists every check in columns', async (t) => {
    const { flags } = await serveNode(t);
    const { code, stdout, stderr } = await doctor([...flags, ...WITHOUT_KERNEL]);
    assert.equal(code, 0, stdout + stderr);
    assert.equal(stderr, '');
    assert.match(stdout, /^ok {6}cgroup-layout {8}cgroup v2 at /);
    assert.match(stdout, /^ok {6}pod-list {13}1 pods, listed \d s ago$/m);
    assert.match(stdout, /^ok {6}clock {16}[01] s (?:ahead of|behind) the API server$/m);
    assert.match(stdout, /\n\n\d+ checks: \d+ ok, 0 failed, \d+ skipped\n$/);
    assert.ok(!stdout.includes('\u001B'));
  });

  test('exits with 1 if something fails, and prints the remedy below it', async (t) => {
    const { flags, apiServer } = await serveNode(t);
    apiServer.failAll('list', httpStatus(403));
    const { code, stdout } = await doctor([...flags, ...WITHOUT_KERNEL]);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^FAILED {2}pod-list {13}cannot list pods: HTTP 403 Forbidden\n +remedy: give the service account/m,
    );
    assert.match(stdout, /verbs: \[list, watch\]/);
  });

  test('prints JSON, in which a cgroup without a pod is found', async (t) => {
    const plain = plainNode(t);
    plain.addPod('unlisted');
    const { code, stdout } = await doctor([...plain.flags, '--format=json', `--pods=file:${plain.podsFile}`]);
    const found = JSON.parse(stdout) as Document;
    assert.equal(code, 1);
    assert.equal(stateOf(found, 'cgroups-without-pod'), 'failed');
    assert.equal(stateOf(found, 'pods-without-cgroup'), 'ok');
    assert.equal(found.failed, found.checks.filter(({ state }) => state === 'failed').length);
  });

  test('finds a pod whose cgroup is missing', async (t) => {
    const plain = plainNode(t);
    plain.removePod(plain.pod('web'));
    const { stdout } = await doctor([...plain.flags, '--format=json', `--pods=file:${plain.podsFile}`]);
    const missing = (JSON.parse(stdout) as Document).checks.find(({ id }) => id === 'pods-without-cgroup');
    assert.equal(missing?.state, 'failed');
    assert.match(missing.seen, /^1 pods and 1 containers run without a cgroup; 1 such as shop\/web: /);
  });

  test('reports what keeps an exporter from starting', async (t) => {
    const { code, stdout } = await doctor(['--path.cgroup=/usr']);
    assert.equal(code, 1);
    assert.match(stdout, /^FAILED {2}cgroup-layout {2}no cgroup hierarchy below \/usr$/m);
    const { stdout: other } = await doctor([...plainNode(t).flags, '--pods=file:/nowhere']);
    assert.match(other, /^FAILED {2}pod-metadata {9}cannot read pods from \/nowhere: ENOENT/m);
  });

  test('lists containers of an engine, or states why it cannot', async (t) => {
    const engine = StandInEngine.create(t);
    const flags = [...plainNode(t).flags, ...WITHOUT_KERNEL, '--pods=none', `--containers=docker:${engine.socket}`];
    const missing = await doctor(flags);
    assert.equal(missing.code, 1);
    assert.match(
      missing.stdout,
      /^FAILED {2}container-engine {5}\S+engine\.sock: no such socket: .*\n(?: +.*\n)* +remedy: start the engine, mount its socket/m,
    );
    await engine.listen();
    const { code, stdout } = await doctor(flags);
    assert.equal(code, 0, stdout);
    assert.match(
      stdout,
      /^ok {6}container-engine {5}\S+engine\.sock: 0 containers of docker\s+20\.10\.24, API 1\.41$/m,
    );
  });

  test('exits with 2 for a format that does not exist', async () => {
    const { code, stderr } = await doctor(['--format=xml']);
    assert.equal(code, 2);
    assert.equal(stderr, 'pod-exporter: --format: "xml" is not text or json\n');
  });
});

test('a running exporter returns the same checks, as JSON and as series', async (t) => {
  const { flags, apiServer } = await serveNode(t);
  apiServer.failAll('list', httpStatus(403));
  const exporter = await ExporterProcess.start(flags);
  t.after(() => exporter.stop());
  // Results are kept for a minute.
  await until('the failed list', () => exporter.log.includes('cannot list pods'));
  const table = new SampleTable(await exporter.get('/metrics'));
  const document = JSON.parse(await exporter.get('/api/v1/checks')) as Document;
  assert.equal(stateOf(document, 'pod-list'), 'failed');
  for (const { id, state } of document.checks) {
    const value = { ok: 1, failed: 0, skipped: undefined }[state];
    assert.equal(table.value('pod_exporter_check', { check: id }), value, id);
  }
  await exporter.stop();
});

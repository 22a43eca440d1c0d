import { strict as assert } from 'node:assert';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FileSource } from '../../../../src/pods/sources/file.ts';
import { equals, until } from '../../../support/until.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { LogRecord } from '../../../support/log-record.ts';
import { OPTIONS, podObject } from '../pod-objects.ts';

interface Opened {
  readonly source: FileSource;
  readonly log: LogRecord;
  readonly clock: FakeClock;
  readonly path: string;
}

function listOf(...names: readonly string[]): string {
  return JSON.stringify({ kind: 'List', items: names.map((name) => podObject(name)) });
}

function temporaryDirectory(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'pods-file-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Returns a source for `path`, not started. */
function sourceOf(context: TestContext, path: string, nodeName?: string): Opened {
  const log = new LogRecord();
  const clock = new FakeClock();
  const source = new FileSource({ ...OPTIONS, ...(nodeName === undefined ? {} : { nodeName }), path, log, clock });
  context.after(() => source.stop());
  return { source, log, clock, path };
}

/** Returns a started source for a file with this content. */
async function started(context: TestContext, content: string): Promise<Opened> {
  const path = join(temporaryDirectory(context), 'pods.json');
  writeFileSync(path, content);
  const opened = sourceOf(context, path);
  await opened.source.start();
  return opened;
}

/** Writes new content. Sets the modification time, because two writes may have the same timestamp. */
function rewrite(path: string, content: string, seconds: number): void {
  writeFileSync(path, content);
  utimesSync(path, seconds, seconds);
}

test('start() resolves with a filled index', async (context) => {
  const { source, log } = await started(context, listOf('a', 'b'));
  assert.equal(source.index.find('uid-a')?.name, 'a');
  assert.equal(source.index.size, 2);
  assert.deepEqual(
    [source.status.synced, source.status.lastListSeconds, source.status.lastEventSeconds],
    [true, 1_800_000_000, 1_800_000_000],
  );
  assert.equal(log.matching('info read pods').length, 1);
});

test('a YAML file is read', async (context) => {
  const { source } = await started(
    context,
    'kind: Pod\nmetadata: {name: y, namespace: n, uid: uid-y}\nspec: {containers: [{name: c, resources: {limits: {cpu: 2}}}]}\n',
  );
  assert.deepEqual(source.index.find('uid-y')?.containers[0]?.limits, { cpu: 2 });
});

test('pods of other nodes are skipped and their number is logged', async (context) => {
  const path = join(temporaryDirectory(context), 'pods.json');
  writeFileSync(
    path,
    JSON.stringify({ kind: 'List', items: [podObject('a'), podObject('b', { spec: { nodeName: 'x' } })] }),
  );
  const { source, log } = sourceOf(context, path, 'node1');
  await source.start();
  assert.equal(source.index.size, 1);
  assert.match(log.lines[0] ?? '', /"pods":1,"other_nodes":1,"invalid":0/);
});

test('start() rejects with path and cause if the file is missing', async (context) => {
  const path = join(temporaryDirectory(context), 'missing.json');
  const { source, clock } = sourceOf(context, path);
  await assert.rejects(source.start(), { message: `cannot read pods from ${path}: ENOENT: no such file or directory` });
  assert.equal(source.status.synced, false);
  assert.deepEqual(clock.waits, []);
});

test('start() rejects with path and cause if the file is invalid', async (context) => {
  const path = join(temporaryDirectory(context), 'pods.json');
  writeFileSync(path, '{"kind":"Deployment"}');
  const { source } = sourceOf(context, path);
  const message = `cannot read pods from ${path}: kind is Deployment, must be List, PodList or Pod`;
  await assert.rejects(source.start(), { message });
});

test('a directory is rejected', async (context) => {
  const path = temporaryDirectory(context);
  await assert.rejects(sourceOf(context, path).source.start(), {
    message: `cannot read pods from ${path}: not a regular file`,
  });
});

test('the periodic check detects a change', async (context) => {
  const { source, clock, path } = await started(context, listOf('a'));
  assert.deepEqual(clock.waits, [5000]);
  rewrite(path, listOf('b'), 100);
  clock.advance(5000);
  await until('the second list', () => source.index.find('uid-b'));
  assert.equal(source.status.lastListSeconds, 1_800_000_005);
  assert.equal(source.index.isDeleted('uid-a'), true);
  await until('the next wait', () => clock.waits.length, equals(1));
});

test('a relist request checks the file at once', async (context) => {
  const { source, path } = await started(context, listOf('a'));
  rewrite(path, listOf('b'), 100);
  source.requestRelist();
  await until('the second list', () => source.index.find('uid-b'));
});

test('an unchanged file is not reread', async (context) => {
  const { source, clock } = await started(context, listOf('a'));
  clock.advance(1000);
  await source.refresh();
  assert.equal(source.status.lastListSeconds, 1_800_000_000);
});

test('an atomic rename is detected with the same size and modification time', async (context) => {
  const { source, path } = await started(context, listOf('a'));
  utimesSync(path, 100, 100);
  await source.refresh();
  writeFileSync(`${path}.new`, listOf('b'));
  utimesSync(`${path}.new`, 100, 100);
  renameSync(`${path}.new`, path);
  await source.refresh();
  assert.equal(source.index.find('uid-b')?.name, 'b');
});

test('the swapped symbolic link of a mounted ConfigMap is detected', async (context) => {
  const directory = temporaryDirectory(context);
  for (const [version, name] of [
    ['..v1', 'a'],
    ['..v2', 'b'],
  ] as const) {
    mkdirSync(join(directory, version));
    writeFileSync(join(directory, version, 'pods.json'), listOf(name));
  }
  symlinkSync('..v1', join(directory, '..data'));
  symlinkSync('..data/pods.json', join(directory, 'pods.json'));
  const { source } = sourceOf(context, join(directory, 'pods.json'));
  await source.start();
  symlinkSync('..v2', join(directory, '..data_tmp'));
  renameSync(join(directory, '..data_tmp'), join(directory, '..data'));
  await source.refresh();
  assert.equal(source.index.find('uid-b')?.name, 'b');
});

test('a file that becomes invalid keeps the index, and failure and recovery are logged once and counted', async (context) => {
  const { source, log, path } = await started(context, listOf('a'));
  rewrite(path, '{"kind":"List","items":[', 100);
  await source.refresh();
  await source.refresh();
  assert.equal(source.index.find('uid-a')?.name, 'a');
  assert.equal(source.status.synced, true);
  assert.equal(source.status.restarts.get('invalid_file'), 1);
  rewrite(path, '{"kind":"List" x}', 200);
  await source.refresh();
  assert.equal(source.status.restarts.get('invalid_file'), 2);
  assert.deepEqual(
    log.matching('warn'),
    ['not valid JSON', 'not valid JSON: line 1, column 16'].map(
      (cause) => `warn cannot read pods, keeping the last index ${JSON.stringify({ path, cause })}`,
    ),
  );
  rewrite(path, listOf('b'), 300);
  await source.refresh();
  assert.equal(source.index.find('uid-b')?.name, 'b');
  assert.deepEqual(log.matching('info resumed'), [`info resumed reading pods ${JSON.stringify({ path })}`]);
});

test('a file that disappears and returns unchanged recovers', async (context) => {
  const { source, log, path } = await started(context, listOf('a'));
  renameSync(path, `${path}.away`);
  await source.refresh();
  await source.refresh();
  assert.equal(source.index.size, 1);
  assert.equal(source.status.restarts.get('invalid_file'), 1);
  assert.equal(log.matching('warn').length, 1);
  assert.match(log.matching('warn')[0] ?? '', /ENOENT: no such file or directory"/);
  renameSync(`${path}.away`, path);
  await source.refresh();
  assert.equal(log.matching('info resumed').length, 1);
});

test(
  'an unreadable file is retried',
  { skip: process.getuid?.() === 0 && 'root may read everything' },
  async (context) => {
    const { source, log, path } = await started(context, listOf('a'));
    rewrite(path, listOf('b'), 100);
    chmodSync(path, 0);
    await source.refresh();
    assert.match(log.matching('warn')[0] ?? '', /EACCES/);
    chmodSync(path, 0o600);
    await source.refresh();
    assert.equal(source.index.find('uid-b')?.name, 'b');
  },
);

test('OOM kills are counted across reads of the file', async (context) => {
  const { source, path } = await started(context, listOf('a'));
  const state = { terminated: { reason: 'OOMKilled', containerID: 'c://1' } };
  const killed = podObject('a', { status: { containerStatuses: [{ name: 'main', state }] } });
  rewrite(path, JSON.stringify(killed), 100);
  await source.refresh();
  assert.equal(source.index.find('uid-a')?.containers[0]?.oomKills, 1);
});

test('after stop() no read and no timer is pending', async (context) => {
  const { source, clock, path } = await started(context, listOf('a'));
  await source.stop();
  assert.deepEqual(clock.waits, []);
  rewrite(path, listOf('b'), 100);
  await source.refresh();
  assert.equal(source.index.find('uid-b'), undefined);
});

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

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pods-file-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A source that reads `path`, not started. */
function sourceOf(context: TestContext, path: string, nodeName?: string): Opened {
  const log = new LogRecord();
  const clock = new FakeClock();
  const source = new FileSource({ ...OPTIONS, ...(nodeName === undefined ? {} : { nodeName }), path, log, clock });
  context.after(() => source.stop());
  return { source, log, clock, path };
}

/** A started source of a file with this content. */
async function started(context: TestContext, content: string): Promise<Opened> {
  const path = join(temporaryFolder(context), 'pods.json');
  writeFileSync(path, content);
  const opened = sourceOf(context, path);
  await opened.source.start();
  return opened;
}

/** Writes another content; the time of the file is set because two writes may fall into one tick. */
function rewrite(path: string, content: string, seconds: number): void {
  writeFileSync(path, content);
  utimesSync(path, seconds, seconds);
}

test('the index is filled when the start is over', async (context) => {
  const { source, log } = await started(context, listOf('a', 'b'));
  assert.equal(source.index.find('uid-a')?.name, 'a');
  assert.equal(source.index.size, 2);
  assert.deepEqual(
    [source.status.synced, source.status.lastList, source.status.lastEvent],
    [true, 1_800_000_000, 1_800_000_000],
  );
  assert.equal(log.matching('info pods read').length, 1);
});

test('a YAML file', async (context) => {
  const { source } = await started(
    context,
    'kind: Pod\nmetadata: {name: y, namespace: n, uid: uid-y}\nspec: {containers: [{name: c, resources: {limits: {cpu: 2}}}]}\n',
  );
  assert.deepEqual(source.index.find('uid-y')?.containers[0]?.limits, { cpu: 2 });
});

test('only pods of the node are taken, and the log says how many are not of it', async (context) => {
  const path = join(temporaryFolder(context), 'pods.json');
  writeFileSync(
    path,
    JSON.stringify({ kind: 'List', items: [podObject('a'), podObject('b', { spec: { nodeName: 'x' } })] }),
  );
  const { source, log } = sourceOf(context, path, 'node1');
  await source.start();
  assert.equal(source.index.size, 1);
  assert.match(log.lines[0] ?? '', /"pods":1,"of_other_nodes":1,"invalid":0/);
});

test('a missing file ends the start with one line that names path and cause', async (context) => {
  const path = join(temporaryFolder(context), 'missing.json');
  const { source, clock } = sourceOf(context, path);
  await assert.rejects(source.start(), { message: `cannot read pods from ${path}: ENOENT: no such file or directory` });
  assert.equal(source.status.synced, false);
  assert.deepEqual(clock.waits, []);
});

test('an invalid file ends the start with one line that names path and cause', async (context) => {
  const path = join(temporaryFolder(context), 'pods.json');
  writeFileSync(path, '{"kind":"Deployment"}');
  const { source } = sourceOf(context, path);
  const message = `cannot read pods from ${path}: its kind is Deployment, not List, PodList or Pod`;
  await assert.rejects(source.start(), { message });
});

test('a folder is not read', async (context) => {
  const path = temporaryFolder(context);
  await assert.rejects(sourceOf(context, path).source.start(), {
    message: `cannot read pods from ${path}: not a regular file`,
  });
});

test('the timer notices a change', async (context) => {
  const { source, clock, path } = await started(context, listOf('a'));
  assert.deepEqual(clock.waits, [5000]);
  rewrite(path, listOf('b'), 100);
  clock.advance(5000);
  await until('the second list', () => source.index.find('uid-b'));
  assert.equal(source.status.lastList, 1_800_000_005);
  assert.equal(source.index.isDeleted('uid-a'), true);
  await until('the next wait', () => clock.waits.length, equals(1));
});

test('a scrape that misses a pod makes it look at once', async (context) => {
  const { source, path } = await started(context, listOf('a'));
  rewrite(path, listOf('b'), 100);
  source.requestRelist();
  await until('the second list', () => source.index.find('uid-b'));
});

test('a file that has not changed is not read again', async (context) => {
  const { source, clock } = await started(context, listOf('a'));
  clock.advance(1000);
  await source.refresh();
  assert.equal(source.status.lastList, 1_800_000_000);
});

test('an atomic rename is noticed, whatever the time and size of the file', async (context) => {
  const { source, path } = await started(context, listOf('a'));
  utimesSync(path, 100, 100);
  await source.refresh();
  writeFileSync(`${path}.new`, listOf('b'));
  utimesSync(`${path}.new`, 100, 100);
  renameSync(`${path}.new`, path);
  await source.refresh();
  assert.equal(source.index.find('uid-b')?.name, 'b');
});

test('the swapped link of a mounted ConfigMap is noticed', async (context) => {
  const folder = temporaryFolder(context);
  for (const [version, name] of [
    ['..v1', 'a'],
    ['..v2', 'b'],
  ] as const) {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'pods.json'), listOf(name));
  }
  symlinkSync('..v1', join(folder, '..data'));
  symlinkSync('..data/pods.json', join(folder, 'pods.json'));
  const { source } = sourceOf(context, join(folder, 'pods.json'));
  await source.start();
  symlinkSync('..v2', join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  await source.refresh();
  assert.equal(source.index.find('uid-b')?.name, 'b');
});

test('a file that turns invalid keeps the last good state, is said once and counted, and so is its recovery', async (context) => {
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
    ['it is not valid JSON', 'it is not valid JSON: line 1, column 16'].map(
      (cause) => `warn pods cannot be read from ${path}, the last good state is kept ${JSON.stringify({ cause })}`,
    ),
  );
  rewrite(path, listOf('b'), 300);
  await source.refresh();
  assert.equal(source.index.find('uid-b')?.name, 'b');
  assert.deepEqual(log.matching('info pods are'), [`info pods are read from ${path} again`]);
});

test('a file that goes missing and comes back as it was', async (context) => {
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
  assert.equal(log.matching('info pods are').length, 1);
});

test(
  'a file that may not be read is tried again',
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

test('OOM kills are counted over readings of the file', async (context) => {
  const { source, path } = await started(context, listOf('a'));
  const state = { terminated: { reason: 'OOMKilled', containerID: 'c://1' } };
  const killed = podObject('a', { status: { containerStatuses: [{ name: 'main', state }] } });
  rewrite(path, JSON.stringify(killed), 100);
  await source.refresh();
  assert.equal(source.index.find('uid-a')?.containers[0]?.oomKills, 1);
});

test('after the stop nothing is read and nothing waits', async (context) => {
  const { source, clock, path } = await started(context, listOf('a'));
  await source.stop();
  assert.deepEqual(clock.waits, []);
  rewrite(path, listOf('b'), 100);
  await source.refresh();
  assert.equal(source.index.find('uid-b'), undefined);
});

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { readPodList } from '../../../../src/pods/sources/pod-list.ts';

async function* inPieces(text: string | Buffer, size = 7): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  // The reader has to give others a turn where the network does.
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function read(text: string | Buffer, size?: number): Promise<{ pods: unknown[]; version: string | undefined }> {
  const pods: unknown[] = [];
  const version = await readPodList(inPieces(text, size), (pod) => pods.push(pod));
  return { pods, version };
}

const POD = { kind: 'Pod', metadata: { name: 'ünï "[{\\', resourceVersion: '7' }, items: [1, [2], false] };

for (const size of [1, 7, 1000]) {
  test(`pods are complete and in order, with chunks of ${size} bytes`, async () => {
    const list = { kind: 'PodList', metadata: { resourceVersion: '12' }, items: [POD, { a: 1 }] };
    assert.deepEqual(await read(JSON.stringify(list, undefined, 1), size), { pods: list.items, version: '12' });
  });
}

test('the order of the fields is arbitrary', async () => {
  const list = { items: [POD], metadata: { resourceVersion: '12' }, kind: 'PodList' };
  assert.deepEqual(await read(JSON.stringify(list)), { pods: [POD], version: '12' });
});

test('a list without resource version returns undefined', async () => {
  assert.deepEqual(await read('{"kind":"PodList","metadata":{},"items":[]}'), { pods: [], version: undefined });
});

test('null items are an empty list', async () => {
  const { pods } = await read('{"kind":"PodList","metadata":{"resourceVersion":"1"},"items":null}');
  assert.deepEqual(pods, []);
});

test('a pod is passed on before the list is complete', async () => {
  const given: unknown[] = [];
  async function* chunks(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(Buffer.from('{"kind":"PodList","items":[{"a":1},'));
    assert.deepEqual(given, [{ a: 1 }]);
    yield Buffer.from('{"a":2}]}');
  }
  await readPodList(chunks(), (pod) => given.push(pod));
  assert.deepEqual(given, [{ a: 1 }, { a: 2 }]);
});

const NOT_JSON = 'the pod list is not JSON';
const NO_LIST = 'the response is not a pod list';

const BAD: readonly (readonly [what: string, text: string | Buffer, message: string])[] = [
  ['an empty response', '', NO_LIST],
  ['an HTML page', '<html>secret</html>', NOT_JSON],
  ['a truncated list', '{"kind":"PodList","metadata":{"resourceVersion":"1"},"items":[{"a":1},{"secret"', NOT_JSON],
  ['trailing content after the list', '{"kind":"PodList","items":[]} secret', NOT_JSON],
  ['invalid UTF-8', Buffer.from('{"kind":"\xff","items":[]}', 'latin1'), NOT_JSON],
  ['another kind of object', '{"kind":"Status","items":[],"message":"secret"}', NO_LIST],
  ['an array', '[[{"kind":"PodList"}]]', NO_LIST],
  ['a list without items', '{"kind":"PodList","metadata":{"resourceVersion":"1"}}', NO_LIST],
  ['a list whose items are an object', '{"kind":"PodList","items":{"a":{"secret":1}}}', NO_LIST],
  ['items at another path', '{"kind":"PodList","metadata":{"items":[{"a":1}]}}', NO_LIST],
  ['excessive nesting', `{"kind":"PodList","items":${'['.repeat(1_000_000)}`, 'the pod list is nested too deeply'],
];

for (const [what, text, message] of BAD) {
  test(`${what} is rejected without being quoted`, async () => {
    await assert.rejects(read(text, 65_536), { name: 'ApiFailure', reason: 'bad_list', message });
  });
}

test('a pod above the size limit is rejected', async () => {
  async function* endless(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(Buffer.from('{"kind":"PodList","items":[{"a":"'));
    const chunk = Buffer.alloc(1 << 20, 'a');
    for (;;) yield chunk;
  }
  await assert.rejects(
    readPodList(endless(), () => assert.fail('no pod has ended')),
    { message: 'a pod in the list is too large' },
  );
});

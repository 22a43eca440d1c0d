import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { InvalidPodFile, readPodDocuments } from '../../../../src/pods/sources/pod-documents.ts';
import { field } from '../../../../src/base/untrusted-json.ts';
import { podObject } from '../pod-objects.ts';

const A = podObject('a');
const B = podObject('b');

const YAML = `
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, uid: uid-a}
`;

const TEXTS: readonly (readonly [what: string, text: string, names: readonly string[]])[] = [
  ['a JSON List', JSON.stringify({ kind: 'List', items: [A, B] }), ['a', 'b']],
  [
    'a PodList whose items have no kind',
    JSON.stringify({ kind: 'PodList', items: [{ metadata: { name: 'a' } }] }),
    ['a'],
  ],
  ['a List that contains other kinds', JSON.stringify({ kind: 'List', items: [A, { kind: 'Node' }] }), ['a']],
  ['a list without a kind', JSON.stringify({ items: [A] }), ['a']],
  ['a single Pod', JSON.stringify(A), ['a']],
  ['an empty PodList with null items, as Go encodes it', '{"kind":"PodList","items":null}', []],
  ['a PodList without items', '{"kind":"PodList"}', []],
  ['white space and a byte order mark before the brace', `\uFEFF \n ${JSON.stringify(A)}`, ['a']],
  ['a YAML Pod', YAML, ['a']],
  ['a YAML List', `kind: List\nitems:\n- kind: Pod\n  metadata:\n    name: a\n`, ['a']],
  ['several YAML documents, one of them empty', `---${YAML}---\n---\nkind: PodList\nitems: []\n`, ['a']],
];

for (const [what, text, names] of TEXTS) {
  test(what, async () => {
    const pods = await readPodDocuments(text);
    assert.deepEqual(
      pods.map((pod) => field(field(pod, 'metadata'), 'name')),
      names,
    );
  });
}

const BOMB = ['a: &a [x,x,x,x,x,x,x,x,x,x]']
  .concat(['b', 'c', 'd', 'e'].map((key, i) => `${key}: &${key} [${Array(10).fill(`*${'abcd'[i]}`).join(',')}]`))
  .join('\n');

const INVALID: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ['empty content', '', /the file is empty/],
  ['blank YAML', '---\n# nothing\n', /the file is empty/],
  ['truncated JSON', '{"kind":"List","items":[{"token":"secret"', /not valid JSON/],
  ['an invalid character in JSON', '{\n  "kind": "List",\n  "secret" x }', /not valid JSON/],
  ['an invalid indentation in YAML', 'kind: List\n items: secret\n', /not valid YAML: line \d+, column \d+/],
  ['an undefined alias', 'kind: *secret\n', /not valid YAML/],
  ['aliases that expand exponentially', `${BOMB}\nkind: List\n`, /not valid YAML/],
  ['an unsupported kind', '{"kind":"Deployment"}', /kind is Deployment, must be List, PodList or Pod/],
  ['a list of an unsupported kind', '{"kind":"NodeList","items":[]}', /kind is NodeList/],
  ['a kind with invalid characters', '{"kind":"secret\\nline","items":[]}', /kind is invalid/],
  ['a missing kind', '{"secret":1}', /missing kind/],
  ['items that are not a list', '{"kind":"List","items":{"secret":1}}', /items is not a list/],
  ['an array without an object', '- secret\n', /not a Kubernetes object/],
  ['a scalar', 'secret', /not a Kubernetes object/],
];

for (const [what, text, message] of INVALID) {
  test(`${what}: invalid, with a one-line message that quotes nothing`, async () => {
    await assert.rejects(readPodDocuments(text), (error) => {
      assert.ok(error instanceof InvalidPodFile);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /secret|\n/);
      return true;
    });
  });
}

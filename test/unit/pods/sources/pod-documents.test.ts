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
  ['a List in JSON', JSON.stringify({ kind: 'List', items: [A, B] }), ['a', 'b']],
  [
    'a PodList whose items have no kind',
    JSON.stringify({ kind: 'PodList', items: [{ metadata: { name: 'a' } }] }),
    ['a'],
  ],
  ['a List with other kinds in it', JSON.stringify({ kind: 'List', items: [A, { kind: 'Node' }] }), ['a']],
  ['a list without a kind', JSON.stringify({ items: [A] }), ['a']],
  ['a single Pod', JSON.stringify(A), ['a']],
  ['an empty PodList as Go writes it', '{"kind":"PodList","items":null}', []],
  ['a PodList without items', '{"kind":"PodList"}', []],
  ['white space and a byte order mark before the brace', `\uFEFF \n ${JSON.stringify(A)}`, ['a']],
  ['a Pod in YAML', YAML, ['a']],
  ['a List in YAML', `kind: List\nitems:\n- kind: Pod\n  metadata:\n    name: a\n`, ['a']],
  ['several documents in YAML, an empty one among them', `---${YAML}---\n---\nkind: PodList\nitems: []\n`, ['a']],
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
  ['nothing', '', /nothing in it/],
  ['blank YAML', '---\n# nothing\n', /nothing in it/],
  ['JSON that ends too early', '{"kind":"List","items":[{"token":"secret"', /not valid JSON/],
  ['a wrong character in JSON', '{\n  "kind": "List",\n  "secret" x }', /not valid JSON/],
  ['a wrong indent in YAML', 'kind: List\n items: secret\n', /not valid YAML: line \d+, column \d+/],
  ['an alias of nothing', 'kind: *secret\n', /not valid YAML/],
  ['aliases that expand without end', `${BOMB}\nkind: List\n`, /not valid YAML/],
  ['another kind', '{"kind":"Deployment"}', /its kind is Deployment, not List, PodList or Pod/],
  ['a list of another kind', '{"kind":"NodeList","items":[]}', /its kind is NodeList/],
  ['an odd kind', '{"kind":"secret\\nline","items":[]}', /its kind is something odd/],
  ['no kind', '{"secret":1}', /it has no kind/],
  ['items of another type', '{"kind":"List","items":{"secret":1}}', /its items are not a list/],
  ['a bare list', '- secret\n', /not a Kubernetes object/],
  ['a word', 'secret', /not a Kubernetes object/],
];

for (const [what, text, message] of INVALID) {
  test(`${what} is invalid, said in one line that quotes nothing`, async () => {
    await assert.rejects(readPodDocuments(text), (error) => {
      assert.ok(error instanceof InvalidPodFile);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /secret|\n/);
      return true;
    });
  });
}

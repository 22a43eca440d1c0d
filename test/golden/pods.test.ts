import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Schema } from '../../scripts/pods-schema.ts';
import { machine } from '../../src/metrics/machine.ts';
import { POD_COLLECTORS } from '../../src/views/pods/fields.ts';
import { PodsView } from '../../src/views/pods/pods.ts';
import { parseExposition } from '../support/exposition.ts';
import { parsePodsDocument, publishedSchema, type PodsDocument } from '../support/pods-document.ts';
import { goldenNodes, withRecorded, type RecordedNode } from '../support/recorded-node.ts';
import { noCollection, writtenText } from '../support/view-text.ts';

/** The golden file of a node has the same numbers as the document, each as a series of its own. */

async function documentOf(node: RecordedNode): Promise<PodsDocument> {
  const view = new PodsView({ scope: 'node', nodeName: node.nodeName, collect: noCollection });
  const answer = view.answer(new Set([...POD_COLLECTORS, machine.name]));
  return withRecorded(node, answer.collectors, async (snapshot) =>
    parsePodsDocument(await writtenText(answer, snapshot)),
  );
}

type Numbers = Map<string, number>;

/** Numbers of what Kubernetes reports, whose fields are not named by their series. */
const FACTS =
  /^(?:pod|container)_(?:info|start_time_seconds|restarts_total|terminated_oom_total|resource_\w+|labels|annotations|volume_info)$/;

/** Every series of a pod or container that is read, by name, identity and other labels. */
function seriesOf({ expected }: RecordedNode): Numbers {
  const samples = parseExposition(readFileSync(expected, 'utf8')).filter(
    ({ name }) => /^(?:pod|container)_/.test(name) && !FACTS.test(name),
  );
  return new Map(
    samples.map(({ name, labels: { namespace, pod, container = '', ...others }, value }) => [
      [name, namespace, pod, container, ...Object.values(others)].join(' '),
      value,
    ]),
  );
}

/** Every number of the document, by the series that the schema names and by its place. */
function numbersOf({ pods }: PodsDocument): Numbers {
  const numbers: Numbers = new Map();
  for (const pod of pods) {
    collect(pod, publishedSchema.$defs.pod, [pod.namespace, pod.name, ''], numbers);
    for (const container of pod.containers) {
      collect(container, publishedSchema.$defs.container, [pod.namespace, pod.name, container.name], numbers);
    }
  }
  return numbers;
}

type Place = readonly (string | undefined)[];

type Fields = Readonly<Record<string, unknown>>;

/** Goes through the fields that the schema has and the value has. */
function collect(fields: Fields, { properties = {} }: Schema, place: Place, into: Numbers): void {
  for (const [key, schema] of Object.entries(properties)) {
    const value = fields[key];
    if (value === undefined) continue;
    const [, series] = / Series: (\w+)\.$/.exec(schema.description ?? '') ?? [];
    if (series !== undefined) flatten(value, [series, ...place], into);
    else if (schema.properties !== undefined) collect(value as Fields, schema, place, into);
    else if (schema.items !== undefined) collectItems(value as readonly Fields[], schema.items, place, into);
  }
}

/** The first required field is the label. */
function collectItems(items: readonly Fields[], schema: Schema, place: Place, into: Numbers): void {
  const [label = ''] = schema.required ?? [];
  for (const item of items) collect(item, schema, [...place, String(item[label])], into);
}

function flatten(value: unknown, key: Place, into: Numbers): void {
  if (typeof value === 'number') into.set(key.join(' '), value);
  else for (const [label, own] of Object.entries(value as object)) flatten(own, [...key, label], into);
}

for (const node of goldenNodes()) {
  test(`${node.name}: /api/v1/pods has the numbers of /metrics, and is as its schema has it`, async () => {
    const numbers = numbersOf(await documentOf(node));
    assert.ok(numbers.size > 300, `${numbers.size} numbers`);
    assert.deepEqual(numbers, seriesOf(node));
  });

  test(`${node.name}: /api/v1/pods has what Kubernetes reports`, async () => {
    const samples = parseExposition(readFileSync(node.expected, 'utf8'));
    const { pods } = await documentOf(node);
    const valuesOf = (name: string): readonly string[] =>
      samples
        .filter((sample) => sample.name === name)
        .map(({ labels: { namespace, pod, container }, value }) => [namespace, pod, container, value].join(' '))
        .toSorted();
    const fieldsOf = (field: string): readonly string[] =>
      pods
        .flatMap(({ namespace, name, containers }) =>
          containers.map((container) => [namespace, name, container.name, String(container[field])].join(' ')),
        )
        .filter((line) => !line.endsWith(' undefined'))
        .toSorted();
    assert.deepEqual(fieldsOf('restarts_total'), valuesOf('container_restarts_total'));
    assert.deepEqual(fieldsOf('terminated_oom_total'), valuesOf('container_terminated_oom_total'));
    assert.deepEqual(
      pods
        .map(({ namespace, name, start_time_seconds: start }) => [namespace, name, '', String(start)].join(' '))
        .toSorted(),
      valuesOf('pod_start_time_seconds'),
    );
    const infos = samples.filter(({ name }) => name === 'container_info');
    const running = pods.flatMap(({ containers }) => containers.filter(({ cpu }) => cpu !== undefined));
    assert.deepEqual(new Set(running.map(({ id }) => id)), new Set(infos.map(({ labels }) => labels['container_id'])));
  });
}

import { compilePlan } from '../src/plan/compile-plan.ts';
import { collectors } from '../src/metrics/index.ts';
import type { FamilyPlan } from '../src/plan/plan.ts';
import { CONTAINER_FACTS, OUTSIDE_FACTS, POD_FACTS, type Fact, type JsonType } from '../src/views/pods/facts.ts';
import { podsEndpoint } from '../src/views/pods/endpoint.ts';
import { addressOf, itemsOf, POD_COLLECTORS } from '../src/views/pods/fields.ts';
import { NODE_FACTS, NODE_NUMBERS } from '../src/views/pods/node.ts';
import { VOLUME_FLAGS, VOLUME_LABELS, VOLUME_NUMBERS } from '../src/views/pods/volumes.ts';

/** File of the schema, from the repository root. */
export const PODS_SCHEMA_FILE = 'docs/api/v1/pods.schema.json';

/** The subset of JSON Schema that the schema of the document uses. */
export interface Schema {
  readonly description?: string;
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'boolean';
  readonly minimum?: number;
  readonly enum?: readonly string[];
  readonly properties?: Record<string, Schema>;
  readonly additionalProperties?: Schema;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly $ref?: string;
}

interface ObjectSchema extends Schema {
  readonly properties: Record<string, Schema>;
}

/** The levels of the numbers of the document. */
type NumberLevel = 'pod' | 'container' | 'netns';

/** Placeholder for a page size; the sizes depend on the node. */
const ANY = '*';

/** The schema of the document with node, pods and containers. */
export const podsSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Pods of a node',
  description:
    `Response of GET ${podsEndpoint.path}. A number that is not available is absent, never 0 or null. ` +
    'Fields may be added; clients must ignore unknown fields.',
  ...object(
    {
      time_seconds: number('Unix time at which the collection started.'),
      scope: { description: 'Whether the document has the pods of the node or one pod.', enum: ['node', 'pod'] },
      node: node(),
      collectors: {
        description: 'The collectors that were run. Counters of a collector were read at its time.',
        type: 'array',
        items: object(
          {
            name: { description: 'Name.', type: 'string' },
            success: {
              description: 'Whether everything was read; otherwise the document has no numbers of the collector.',
              type: 'boolean',
            },
            time_seconds: number('Unix time at which the collector started to read.'),
            duration_seconds: number('Time that the collector took.'),
          },
          ['name', 'success'],
        ),
      },
      pods: { description: 'By namespace and name.', type: 'array', items: { $ref: '#/$defs/pod' } },
      containers: {
        description: 'Containers that belong to no pod, such as those of Docker, by name; absent with --scope=pod.',
        type: 'array',
        items: { $ref: '#/$defs/outside' },
      },
    },
    ['time_seconds', 'scope', 'node', 'collectors', 'pods'],
  ),
  $defs: { pod: pod(), container: container(), outside: outside() },
} as const;

function node(): Schema {
  const fields: Record<string, Schema> = { name: { description: 'Name, if it is known.', type: 'string' } };
  for (const [field, description] of NODE_FACTS) fields[field] = { description, type: 'string' };
  for (const { section, field, about } of NODE_NUMBERS) {
    sectionIn(fields, section).properties[field] = number(about);
  }
  const counters: Record<string, Schema> = {};
  for (const { section, field, isCounter } of NODE_NUMBERS) {
    if (isCounter === true) sectionIn(counters, section).properties[field] = number();
  }
  fields['rates'] = rates(counters);
  return { description: 'The node; with --scope=pod only its name.', ...object(fields) };
}

/** The rates of an object, with the sections and fields of its counters. */
function rates(counters: Record<string, Schema>): Schema {
  const interval = number('Time between the two collections that the rates are computed from.');
  return {
    description:
      'Increase per second of each counter, under the same section and field; absent without an earlier number.',
    ...object({ interval_seconds: interval, ...counters }, ['interval_seconds']),
  };
}

function pod(): Schema {
  const fields = { ...factFields(POD_FACTS), ...numberFields('pod'), rates: rates(counterFields('pod')) };
  const volume = object({
    name: { description: 'Name in the specification of the pod.', type: 'string' },
    ...Object.fromEntries(
      VOLUME_LABELS.map((label) => [label, { description: `Label ${label} of pod_volume_info.`, type: 'string' }]),
    ),
    ...Object.fromEntries(
      VOLUME_NUMBERS.map(({ key, field, row }) => [
        field,
        VOLUME_FLAGS.has(key) ? { description: row.help, type: 'boolean' } : number(`${row.help} Series: ${row.name}.`),
      ]),
    ),
  });
  return object(
    {
      ...fields,
      volumes: { description: 'Volumes with data.', type: 'array', items: { ...volume, required: ['name'] } },
      containers: {
        description: 'Containers in the order of the specification, including those that are not running.',
        type: 'array',
        items: { $ref: '#/$defs/container' },
      },
    },
    ['uid', 'containers'],
  );
}

function container(): Schema {
  return object({
    ...factFields(CONTAINER_FACTS),
    ...numberFields('container'),
    rates: rates(counterFields('container')),
  });
}

/** A container outside of pods: the sections of a container, and those of its network namespace. */
function outside(): Schema {
  const fields = { ...factFields(OUTSIDE_FACTS), ...numberFields('container'), ...numberFields('netns') };
  return object({ ...fields, rates: rates({ ...counterFields('container'), ...counterFields('netns') }) }, [
    'name',
    'id',
  ]);
}

function factFields<Source>(facts: readonly Fact<Source>[]): Record<string, Schema> {
  return Object.fromEntries(facts.map(({ field, about, type }) => [field, { description: about, ...schemaOf(type) }]));
}

function schemaOf(type: JsonType): Schema {
  return typeof type === 'string' ? { type } : type;
}

/** The sections of a level. */
function numberFields(level: NumberLevel): Record<string, Schema> {
  const fields: Record<string, Schema> = {};
  for (const family of familiesOf(level)) addFamily(fields, family, `${family.help} Series: ${family.name}.`);
  return fields;
}

/** The sections of the counters of a level. */
function counterFields(level: NumberLevel): Record<string, Schema> {
  const fields: Record<string, Schema> = {};
  for (const family of familiesOf(level)) if (family.type === 'counter') addFamily(fields, family);
  return fields;
}

/** The families of a level, on both versions of cgroups. */
function familiesOf(level: NumberLevel): readonly FamilyPlan[] {
  const inPods = collectors.filter(({ name }) => POD_COLLECTORS.includes(name));
  return (['v2', 'v1'] as const)
    .flatMap((version) => compilePlan(inPods, { version, pageSizes: [ANY] }).families)
    .filter((family) => family.level === level);
}

function addFamily(fields: Record<string, Schema>, family: FamilyPlan, description?: string): void {
  const { section, field } = addressOf(family);
  const { properties } = sectionIn(fields, section);
  if (family.list >= 0) {
    const { items, label } = itemsOf(family);
    const known = properties[items]?.items?.properties ?? {};
    const named = description === undefined ? {} : { description: `Label ${label}.` };
    const item = { [label]: { ...named, type: 'string' } as const, ...known };
    properties[items] = { type: 'array', items: object({ ...item, [field]: number(description) }, [label]) };
    return;
  }
  for (const { labels } of family.series) addSeries(properties, [field, ...labels], description);
}

function addSeries(
  properties: Record<string, Schema>,
  [key = '', ...rest]: readonly string[],
  description?: string,
): void {
  const described = description === undefined ? {} : { description };
  if (rest.length === 0) {
    properties[key] = number(description);
  } else if (rest[0] === ANY) {
    properties[key] = { ...described, type: 'object', additionalProperties: number('By page size, such as 2MB.') };
  } else {
    const known = properties[key]?.properties ?? {};
    properties[key] = { ...described, ...object(known) };
    addSeries(known, rest);
  }
}

function sectionIn(fields: Record<string, Schema>, section: string): ObjectSchema {
  const known = fields[section];
  if (known?.properties !== undefined) return known as ObjectSchema;
  const made = object({});
  fields[section] = made;
  return made;
}

function object(properties: Record<string, Schema>, required?: readonly string[]): ObjectSchema {
  return { type: 'object', properties, ...(required === undefined ? {} : { required }) };
}

function number(description?: string): Schema {
  return { ...(description === undefined ? {} : { description }), type: 'number', minimum: 0 };
}

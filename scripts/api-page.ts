import { processesEndpoint } from '../src/views/processes/endpoint.ts';
import { podsEndpoint } from '../src/views/pods/endpoint.ts';
import { PODS_SCHEMA_FILE, podsSchema, type Schema } from './pods-schema.ts';
import { PROCESSES_SCHEMA_FILE, processesSchema } from './processes-schema.ts';

const { pod, container, outside } = podsSchema.$defs;

const RATES = `## Rates

\`rates.cpu.usage_seconds_total\` is the increase of \`cpu.usage_seconds_total\` per second, which is the number of cores;
\`rates.network.interfaces[].receive_bytes_total\` is in bytes per second, with \`interface\` as in
\`network.interfaces[]\`. Every counter of the numbers below has one. \`rates.interval_seconds\` is the time between the two
collections. There is no rate where the earlier collection has no such number, where the counter fell, or where the
cgroup is another one, as after a restart of a container; an object without any has no \`rates\`. Gauges and volumes
have none, nor has \`restarts_total\`.

- A plain request has the rates since the last collection of this endpoint that is 1 to 60 s old. If there is none,
  as for the first request, it has no rates.
- \`?rates=5s\` has rates over 5 s: since a collection that is 5 to 10 s old, or else since one that is made, or shared,
  5 s before the answer. It takes whole seconds from \`1s\` to \`30s\`; anything else is answered with status 400. If
  \`X-Prometheus-Scrape-Timeout-Seconds\` leaves no time to wait, the request is answered like a plain one.
- The counters of at most four collections are kept, for a minute after the last request; none without requests.

\`\`\`
curl -s 'localhost:9771${podsEndpoint.path}?rates=2s' | jq -r '.pods[] | [.rates.cpu.usage_seconds_total, .namespace, .name] | @tsv'
\`\`\`

## Stream

\`GET ${podsEndpoint.path}?watch=2s\` returns server-sent events (\`text/event-stream\`) for \`EventSource\` and \`curl -N\`. The
data of each event is the whole document in one line. The interval is a whole number of seconds from \`1s\` to \`60s\`;
anything else is answered with status 400. \`collect[]\` and \`exclude[]\` select collectors; \`rates\` cannot be combined.

- The first event arrives at once, then one per interval, with the rates since the event before. The first one has the
  rates of a plain request.
- There are at most three different streams, by interval and collectors; a further one gets 503. Any number of clients may
  share each. The client that reads the slowest is disconnected while different documents in flight exceed 24 MiB.
- Clients share collections: one is made per interval, however many clients watch, and for intervals that coincide, such as
  1 s and 2 s. Nothing is read and nothing is kept without a client.
- A client that is slower than the interval misses events and gets the newest one. One that takes nothing for 10 s is
  disconnected.
- A comment line is sent every 15 s while there is no event. A stream ends after an hour, and when the exporter
  shuts down; \`EventSource\` then connects again.
- Streams may take half of \`--web.max-requests\`, 20 by default, and 100 at most; further ones are rejected with status 503.
  They take no place of a scrape. Events are not compressed.

\`\`\`
curl -sN 'localhost:9771${podsEndpoint.path}?watch=2s&collect[]=cpu' | sed -un 's/^data: //p' | jq .node.rates.cpu.usage_seconds_total
\`\`\`
`;

/** The text of docs/api.md, made from the schema of the document. */
export function apiPage(): string {
  const { properties } = podsSchema;
  return `# API

Generated from \`src/views/pods/\` and \`src/metrics/\` by \`npm run update\`; a test keeps it current.

\`GET ${podsEndpoint.path}\` returns the node, its pods and their containers as one JSON document. A request makes a
collection of its own or shares one, so the numbers are those of this moment. With \`--scope=pod\` the document has one
pod. Its schema is [pods.schema.json](${PODS_SCHEMA_FILE.replace('docs/', '')}) (JSON Schema 2020-12).

- A field has the name of its series without level and collector: \`container_cpu_usage_seconds_total\` is
  \`cpu.usage_seconds_total\`. Units are those of the series: bytes, seconds, cores. Times are Unix time in seconds.
- A number that is not available is absent, never 0 or null. \`collectors\` reports whether a collector succeeded.
- Counters (\`_total\`) of a collector were read at its \`time_seconds\`.
- \`?collect[]=cpu&collect[]=memory\` limits the numbers to the selected collectors, \`?exclude[]=network\` to the others.
- \`rates\` of the node, a pod or a container has the increase per second of its counters, under the same section and
  field; see [rates](#rates). \`?watch=2s\` returns a [stream](#stream).
- Fields may be added in this version; none is renamed or removed. Clients must ignore unknown fields.

\`\`\`
curl -s localhost:9771${podsEndpoint.path} | jq -r '.pods[] | [.namespace, .name, .memory.working_set_bytes] | @tsv'
curl -s localhost:9771${podsEndpoint.path} | jq '.pods[].containers[] | select(.memory.oom_kills_total > 0)'
curl -s localhost:9771${podsEndpoint.path} | jq '[.pods[].cpu.usage_seconds_total // 0] | add'
\`\`\`

${RATES}
## Document

${table(['field', 'type', 'meaning'], fieldLines(withoutItems(properties, ['pods', 'containers'])))}
## Pod

${table(['field of `pods[]`', 'type', 'meaning'], fieldLines(factsIn(pod)))}
## Container

${table(['field of `pods[].containers[]`', 'type', 'meaning'], fieldLines(factsIn(container)))}
## Container outside of pods

With the numbers of a container, and with those of a pod in \`network\` unless it uses the network of the node or of another
container. Names, images and labels are those of the container engine ([docker.md](docker.md)).

\`\`\`
curl -s localhost:9771${podsEndpoint.path} | jq -r '.containers[] | [.name, .memory.working_set_bytes] | @tsv'
\`\`\`

${table(['field of `containers[]`', 'type', 'meaning'], fieldLines(factsIn(outside)))}
## Numbers

Pods and containers have the same fields, each from the series of its level. Items of an array are named by the field in
brackets, objects by the values of the label.

${table(['field', 'pod', 'container', 'meaning'], numberLines())}
${processesSection()}`;
}

function processesSection(): string {
  const { path } = processesEndpoint;
  return `## Processes

\`GET ${path}?namespace=default&pod=web-0\` returns the processes of the containers of one pod. Command lines and environment
variables are never read. Its schema is [processes.schema.json](${PROCESSES_SCHEMA_FILE.replace('docs/', '')}). A pod
without pod metadata is selected by its UID alone: \`?pod=UID\`. \`?container=NAME\` selects a container outside of pods.

\`\`\`
curl -s 'localhost:9771${path}?namespace=default&pod=web-0' | jq -r '.containers[].processes[]? | [.pid, .name, .resident_bytes] | @tsv'
\`\`\`

${table(['field', 'type', 'meaning'], fieldLines(processesSchema.properties))}`;
}

function withoutItems(properties: Record<string, Schema>, names: readonly string[]): Record<string, Schema> {
  return { ...properties, ...Object.fromEntries(names.map((name) => [name, { ...properties[name], items: {} }])) };
}

/** The fields that are not numbers of a collector. */
function factsIn({ properties = {} }: Schema): Record<string, Schema> {
  return Object.fromEntries(Object.entries(properties).filter(([, schema]) => schema.description !== undefined));
}

function fieldLines(properties: Record<string, Schema>, prefix = ''): readonly string[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${prefix}${name}${schema.type === 'array' ? '[]' : ''}`;
    const inner = { ...schema.properties, ...schema.items?.properties };
    const own = schema.description === undefined ? [] : [line([`\`${path}\``, typeOf(schema), schema.description])];
    return [...own, ...fieldLines(inner, `${path}.`)];
  });
}

function typeOf({ type, enum: values }: Schema): string {
  return values === undefined ? (type ?? '') : values.join(', ');
}

interface NumberLine {
  readonly pod?: string;
  readonly container?: string;
  readonly meaning: string;
}

function numberLines(): readonly string[] {
  const lines = new Map<string, NumberLine>();
  for (const [level, schema] of Object.entries({ pod, container })) {
    for (const [path, description] of described(sectionsIn(schema), '')) {
      const [meaning = '', series] = description.split(' Series: ');
      if (series !== undefined) lines.set(path, { meaning, ...lines.get(path), [level]: `\`${series.slice(0, -1)}\`` });
    }
  }
  return [...lines].map(([path, { pod: ofPod = '', container: ofContainer = '', meaning }]) =>
    line([`\`${path}\``, ofPod, ofContainer, meaning]),
  );
}

/** The sections of numbers: objects without a description. */
function sectionsIn({ properties = {} }: Schema): Record<string, Schema> {
  return Object.fromEntries(Object.entries(properties).filter(([, schema]) => schema.description === undefined));
}

/** Paths of the fields with a description. */
function* described(properties: Record<string, Schema>, prefix: string): Generator<readonly [string, string]> {
  for (const [name, schema] of Object.entries(properties)) {
    const [label = ''] = schema.items?.required ?? [];
    const path = `${prefix}${name}${label === '' ? '' : `[${label}]`}`;
    if (schema.description !== undefined) yield [path, schema.description];
    else yield* described({ ...schema.properties, ...schema.items?.properties }, `${path}.`);
  }
}

function table(heads: readonly string[], lines: readonly string[]): string {
  return `${line(heads)}\n|${heads.map(() => '---').join('|')}|\n${lines.join('\n')}\n`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

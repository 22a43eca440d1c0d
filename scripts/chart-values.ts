import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isCollection, isMap, isScalar, parseDocument, type Node, type Pair, type YAMLMap } from 'yaml';

/** Values of the Helm chart: `values.yaml` with its comments is the source of the schema and of the table. */

const CHART = join(import.meta.dirname, '../deploy/charts/pod-exporter');

/** Values of which the default does not show the permitted ones. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  pods: ['auto', 'api', 'kubelet'],
  'web.auth': ['none', 'kubernetes'],
  'image.pullPolicy': ['Always', 'IfNotPresent', 'Never'],
};

interface Value {
  /** Path with dots: `image.tag`. */
  readonly path: string;
  readonly about: string;
  readonly node: Node;
}

/** JSON Schema of the values: unknown keys are errors, except in values that are empty objects by default. */
export function valuesSchema(): string {
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', ...objectSchema(values(), '') };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

/** README of the chart, with a table of its values. */
export function chartPage(): string {
  const rows = documented(values(), '').map(
    ({ path, about, node }) => `| \`${path}\` | ${about} | \`${JSON.stringify(node.toJSON())}\` |`,
  );
  return `# Helm chart

\`helm install pod-exporter deploy/charts/pod-exporter --namespace pod-exporter --create-namespace --set image.repository=…\`

The namespace needs the label \`pod-security.kubernetes.io/enforce: privileged\` where Pod Security is enforced, because
of \`hostPID\` and \`hostPath\`. [docs/install.md](../../../docs/install.md) explains the options. With the default values
the chart creates the objects of \`kubectl apply -k deploy\`, without the namespace.

| value | meaning | default |
|---|---|---|
${rows.join('\n')}

\`npm run update\` generates this page, the schema of the values and the files of the chart.
`;
}

function values(): YAMLMap {
  const { contents } = parseDocument(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
  if (!isMap(contents)) throw new Error('values.yaml is not a mapping');
  return contents;
}

/** Members of a group have comments of their own; every other value is one row. */
function documented(map: YAMLMap, prefix: string): readonly Value[] {
  return map.items.flatMap((pair, index) => {
    const { key, node } = entry(pair);
    const path = prefix + key;
    if (isGroup(node)) return documented(node, `${path}.`);
    // The library assigns the comment above the first key to the mapping.
    const comment = (index === 0 ? map.commentBefore : undefined) ?? (isScalar(pair.key) ? pair.key.commentBefore : '');
    const about = comment?.replace(/^\s*--\s*/, '').replaceAll(/\s*\n\s*/g, ' ');
    if (about === undefined || about === '') throw new Error(`values.yaml: ${path} has no comment`);
    return [{ path, about: about.replaceAll('|', String.raw`\|`), node }];
  });
}

function isGroup(node: Node): node is YAMLMap {
  return isMap(node) && node.commentBefore !== undefined && node.commentBefore !== null;
}

function entry(pair: Pair): { readonly key: string; readonly node: Node } {
  const { key, value } = pair;
  if (!isScalar(key) || !(isScalar(value) || isCollection(value))) throw new Error('values.yaml is invalid');
  return { key: String(key.value), node: value };
}

function objectSchema(map: YAMLMap, prefix: string): object {
  const properties = map.items.map((pair) => {
    const { key, node } = entry(pair);
    return [key, valueSchema(node, prefix + key)] as const;
  });
  return { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) };
}

function valueSchema(node: Node, path: string): object {
  const choices = CHOICES[path];
  if (choices !== undefined) return { enum: choices };
  if (isGroup(node)) return objectSchema(node, `${path}.`);
  const value: unknown = node.toJSON();
  return { type: Array.isArray(value) ? 'array' : typeof value };
}

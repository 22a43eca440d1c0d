import * as client from '@kubernetes/client-node';

import type { Manifest } from './manifests.ts';

/**
 * A strict check of manifests. The types of Kubernetes' own objects are those of its OpenAPI description, from which the
 * client's models are generated; of the Prometheus Operator's and cert-manager's there are the fields that the manifests use.
 */

interface Attribute {
  readonly name: string;
  readonly baseName: string;
  readonly type: string;
}

interface Model {
  getAttributeTypeMap(): readonly Attribute[];
}

const MODELS = client as unknown as Readonly<Record<string, Model | undefined>>;

/** Type of the object by its kind. */
function modelOf(kind: string): string | undefined {
  return MODELS[`V1${kind}`] === undefined ? undefined : `V1${kind}`;
}

const PRIMITIVES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  any: () => true,
  IntOrString: (value) => typeof value === 'string' || Number.isInteger(value),
  Date: (value) => typeof value === 'string',
};

/** What is wrong with an object of a type, one line each. */
function faultsOf(type: string, value: unknown, path: string): readonly string[] {
  const primitive = PRIMITIVES[type];
  if (primitive !== undefined) return primitive(value) ? [] : [`${path} is no ${type}`];
  const [, element] = /^Array<(.+)>$/.exec(type) ?? [];
  if (element !== undefined) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((each, index) => faultsOf(element, each, `${path}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [`${path} is no object`];
  const [, member] = /^\{ \[key: string\]: (.+); \}$/.exec(type) ?? [];
  const typeOf = member === undefined ? fieldsOf(type) : (): string => member;
  return Object.entries(value).flatMap(([key, each]) => {
    const own = typeOf(key);
    return own === undefined ? [`${path} has no field ${key}`] : faultsOf(own, each, `${path}.${key}`);
  });
}

/** Types of a model's fields by name. */
function fieldsOf(type: string): (name: string) => string | undefined {
  const attributes = MODELS[type]?.getAttributeTypeMap();
  if (attributes === undefined) throw new Error(`unknown type ${type}`);
  const fields = new Map(attributes.map((attribute) => [attribute.baseName, attribute.type]));
  return (name) => fields.get(name);
}

/** Fields of objects of the Prometheus Operator and cert-manager that are used, by path; `*` stands for an element of a list. */
const RELABELING = ['sourceLabels', 'sourceLabels.*', 'targetLabel', 'replacement', 'action', 'regex'];
const TLS = [
  'ca',
  'ca.secret',
  'ca.secret.name',
  'ca.secret.key',
  'cert',
  'cert.secret',
  'cert.secret.name',
  'cert.secret.key',
  'keySecret',
  'keySecret.name',
  'keySecret.key',
  'serverName',
];
const ENDPOINT = [
  'port',
  'path',
  'interval',
  'scrapeTimeout',
  'honorLabels',
  'scheme',
  'bearerTokenFile',
  'basicAuth',
  ...['username', 'password'].flatMap((each) =>
    [each, `${each}.name`, `${each}.key`].map((field) => `basicAuth.${field}`),
  ),
  'tlsConfig',
  'relabelings',
  'relabelings.*',
  ...TLS.map((field) => `tlsConfig.${field}`),
  ...RELABELING.map((field) => `relabelings.*.${field}`),
];
const SELECTOR = [
  'selector',
  'selector.matchLabels',
  'selector.matchLabels.app.kubernetes.io/name',
  'selector.matchLabels.pod-exporter',
];
const RULE = [
  'record',
  'alert',
  'expr',
  'for',
  'labels',
  'labels.severity',
  'annotations',
  ...['summary', 'description', 'runbook_url'].map((field) => `annotations.${field}`),
];

function below(list: string, fields: readonly string[]): readonly string[] {
  return [list, `${list}.*`, ...fields.map((field) => `${list}.*.${field}`)];
}

const CUSTOM: Readonly<Record<string, ReadonlySet<string>>> = {
  ServiceMonitor: new Set([...SELECTOR, ...below('endpoints', ENDPOINT)]),
  PodMonitor: new Set([...SELECTOR, ...below('podMetricsEndpoints', ENDPOINT)]),
  // https://cert-manager.io/docs/reference/api-docs/
  Issuer: new Set(['selfSigned', 'ca', 'ca.secretName']),
  Certificate: new Set([
    'isCA',
    'commonName',
    'dnsNames',
    'dnsNames.*',
    'secretName',
    'duration',
    'privateKey',
    'privateKey.algorithm',
    'privateKey.rotationPolicy',
    'issuerRef',
    'issuerRef.kind',
    'issuerRef.name',
  ]),
  PrometheusRule: new Set(below('groups', ['name', ...below('rules', RULE)])),
};

function pathsOf(value: unknown, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Array.isArray(value) ? value.map((each) => ['*', each] as const) : Object.entries(value);
  const inside = entries.flatMap(([key, each]) => pathsOf(each, path === '' ? key : `${path}.${key}`));
  return path === '' ? inside : [path, ...inside];
}

/** What is wrong with an object: fields that its kind does not have, and values of another type. */
export function schemaFaults(object: Manifest): readonly string[] {
  const { kind, metadata } = object;
  const model = modelOf(kind);
  if (model !== undefined) return faultsOf(model, object, kind);
  const known = CUSTOM[kind];
  if (known === undefined) return [`unknown kind ${kind}`];
  const unknown = new Set(pathsOf(object['spec'], '').filter((path) => !known.has(path)));
  return [...faultsOf('V1ObjectMeta', metadata, kind), ...[...unknown].map((path) => `${kind} has no field ${path}`)];
}

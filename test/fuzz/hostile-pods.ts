import assert from 'node:assert/strict';

import { PodIndex } from '../../src/pods/pod-index.ts';
import { readPodDocuments } from '../../src/pods/sources/pod-documents.ts';
import { readPodList } from '../../src/pods/sources/pod-list.ts';
import { field } from '../../src/base/untrusted-json.ts';
import { NodeScraper } from '../support/node-scraper.ts';
import { PlainNode } from '../support/plain-node.ts';
import { mirrorMetadata, uuidOf } from '../support/pod-object.ts';
import type { Random } from '../support/seeded-random.ts';
import { strictExposition } from '../support/strict-exposition.ts';
import { type FuzzCase, fuzzCase, type Fuzzer } from './fuzzer.ts';

const HONEST = ['web-0', 'web-1', 'web-2'];
const MAX_HOSTILE = 4;
const MAX_CHANGES = 10;

/** A field of a hostile pod is replaced, or, for `order`, the pod is listed before the honest ones. */
interface Change {
  readonly pod: number;
  readonly path: readonly string[];
  readonly value: unknown;
}

/** What a tenant writes: texts that need escapes, other types than expected, and much of it. */
const VALUES: readonly unknown[] = JSON.parse(
  `["", " ", "a\\"b\\\\\\n", "\\u0000", "\\ud800", "\\u2028ä😀", "../../..", "/", 0, -1, 1.5, 1e308, true, null, [], {}, [[]], [null],
    {"__proto__": {"name": "x"}}, {"constructor": "x", "a.b": "1", "a/b": "2", "a_b": "3", "": "4", "ä": "5"},
    "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-99-99T00:00:00Z", "1e400", "-5Gi", "100m", "1.5Ei"]`,
) as readonly unknown[];

const PATHS = `
  metadata.name metadata.namespace metadata.uid metadata.labels metadata.annotations metadata
  metadata.ownerReferences metadata.resourceVersion spec status spec.nodeName spec.containers spec.initContainers
  spec.volumes spec.overhead spec.resources status.containerStatuses status.qosClass status.startTime
  status.podIP status.hostIP status.conditions spec.hostNetwork spec.containers.0.resources.limits.cpu
  spec.containers.0.name status.containerStatuses.0.containerID status.containerStatuses.0.state
  status.containerStatuses.0.restartCount spec.priorityClassName
`
  .trim()
  .split(/\s+/)
  .map((path) => path.split('.'));

/**
 * Pods of tenants who may write anything into an object but the UID of another pod and a Node as its owner: the
 * exposition stays valid, and the cgroups of honest pods keep their names.
 */
export const hostilePods: Fuzzer = {
  name: 'hostile-pods',
  open() {
    const node = new PlainNode({ pods: HONEST });
    return { makeCase: (random) => makeCase(node, random), close: () => node.remove() };
  },
};

function makeCase(node: PlainNode, random: Random): FuzzCase {
  const claims = claimsOn(node);
  const changes = Array.from({ length: 1 + random.below(MAX_CHANGES) }, (): Change => {
    const pod = random.below(MAX_HOSTILE);
    const [path, value] = random.chance(0.5) ? random.pick(claims) : [random.pick(PATHS), random.pick(VALUES)];
    return { pod, path, value };
  });
  const order = { position: random.below(HONEST.length + 1), chunkBytes: 1 + random.below(300) };
  return fuzzCase(JSON.stringify(order), changes, (kept) => check(node, kept, order));
}

/** What would name the cgroups of honest pods after a hostile one, were it believed. */
function claimsOn(node: PlainNode): readonly (readonly [path: readonly string[], value: unknown])[] {
  return node.objects.flatMap(({ metadata: { uid, name, namespace }, status }) => {
    const { annotations, ownerReferences } = mirrorMetadata(uid, 'another-node');
    return [
      [['metadata', 'annotations'], annotations],
      [['metadata', 'ownerReferences'], ownerReferences],
      [['metadata', 'name'], name],
      [['spec', 'nodeName'], 'another-node'],
      [['status', 'containerStatuses'], field(status, 'containerStatuses')],
      [['status', 'initContainerStatuses'], field(status, 'containerStatuses')],
      [['spec', 'volumes'], [{ name: '../..', persistentVolumeClaim: { claimName: `${namespace}/${name}` } }]],
    ] as const;
  });
}

async function check(
  node: PlainNode,
  changes: readonly Change[],
  { position, chunkBytes }: { readonly position: number; readonly chunkBytes: number },
): Promise<void> {
  const hostile = Map.groupBy(changes, ({ pod }) => pod);
  const objects: unknown[] = [...node.objects];
  objects.splice(position, 0, ...[...hostile].map(([number, own]) => hostilePod(node, number, own)));
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'PodList', metadata: {}, items: objects });
  for (const pods of [await readPodDocuments(list), await streamed(list, chunkBytes)]) {
    const index = new PodIndex({ podLabels: ['*'], podAnnotations: ['*'], nodeName: node.nodeName });
    index.replace(pods);
    await assertHonest(node, index);
  }
}

async function assertHonest(node: PlainNode, index: PodIndex): Promise<void> {
  const [procfs, cgroup] = ['proc', 'cgroup'].map((folder) => `${node.folder}/${folder}`) as [string, string];
  const scraper = new NodeScraper({ cgroup, procfs, sysfs: node.folder, rootfs: node.folder, index });
  try {
    const { text, cgroups } = await scraper.scrape();
    strictExposition(text);
    for (const { metadata } of node.objects) {
      const own = cgroups.filter(({ path }) => path.includes(metadata.uid.replaceAll('-', '_')));
      const names = own.map(({ labels }) => labels.replace(/,container=.*/, ''));
      const expected = `namespace="${metadata.namespace}",pod="${metadata.name}"`;
      assert.deepEqual(names, [expected, expected]);
    }
  } finally {
    scraper.close();
  }
}

/** A pod without cgroups, changed. */
function hostilePod(node: PlainNode, number: number, changes: readonly Change[]): unknown {
  const pod = structuredClone(node.objects[0]) as unknown as Record<string, unknown>;
  const identity = { namespace: 'tenant', name: `hostile-${number}`, uid: uuidOf(`hostile-${number}`) };
  set(pod, ['metadata'], identity);
  for (const { path, value } of changes) set(pod, path, structuredClone(value));
  return pod;
}

/** Sets a field, if those above it are objects. */
function set(object: unknown, path: readonly string[], value: unknown): void {
  let target: unknown = object;
  for (const key of path.slice(0, -1)) target = field(target, key);
  if (typeof target === 'object' && target !== null) Object.assign(target, { [path.at(-1) ?? '']: value });
}

async function streamed(list: string, chunkBytes: number): Promise<readonly unknown[]> {
  const bytes = Buffer.from(list);
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
  const pods: unknown[] = [];
  await readPodList(asyncIterable(chunks), (pod) => pods.push(pod));
  return pods;
}

async function* asyncIterable(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield* chunks;
}

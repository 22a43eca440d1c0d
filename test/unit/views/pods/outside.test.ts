import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import type { OutsideRecord } from '../../../../src/engine/outside-record.ts';
import { collectors, viewCollectors } from '../../../../src/metrics/index.ts';
import { PodsView } from '../../../../src/views/pods/pods.ts';
import { parsePodsDocument, type PodsDocument } from '../../../support/pods-document.ts';
import { noCollection, writtenText } from '../../../support/view-text.ts';
import { fakeNode } from '../../collect/fake-node.ts';
import type { Files } from '../../kernel/file-tree.ts';
import { cgroup, snapshotOf } from '../kubelet-node.ts';
import { liveNode } from './live-node.ts';

const ID = 'd'.repeat(64);
const SHORT = ID.slice(0, 12);
const PID = 4000;
const ALL = ['cpu', 'memory', 'network'];

/** A container of Docker with a network of its own. */
function files(usec: number, received: number): Files {
  return {
    ...cgroup(`/docker/${ID}`, usec, 5000),
    [`cgroup/docker/${ID}/cgroup.procs`]: `${PID}\n`,
    [`proc/${PID}/stat`]: `${PID} (app) S 1 7 7 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 ${PID} 100 20\n`,
    [`proc/${PID}/net/dev`]: `head\n head\n  eth0: ${received} 1 0 0 0 0 0 0 5 1\n`,
  };
}

/** The document of a node without Kubernetes, whose engine reports `record` for the container. */
async function documentOf(
  t: TestContext,
  record?: OutsideRecord,
  scope: 'node' | 'pod' = 'node',
): Promise<PodsDocument> {
  const names = { find: () => record, retain: () => {} };
  const node = fakeNode(t, { files: files(7_000_000, 9), collectors: [...collectors, ...viewCollectors], names });
  const answer = new PodsView({ scope, collect: noCollection }).answer(new Set(ALL));
  return parsePodsDocument(await writtenText(answer, await snapshotOf(node, answer.collectors)));
}

const RECORD: OutsideRecord = {
  id: ID,
  name: 'web',
  image: 'busybox:1',
  imageId: 'sha256:0123',
  runtime: 'docker',
  composeProject: 'shop',
  composeService: 'cart',
  createdAt: 1000,
  labels: { tier: 'front' },
};

describe('a container outside of pods', () => {
  test('is in a list beside pods, with what the engine reports, its numbers and its network', async (t) => {
    const { pods, containers = [] } = await documentOf(t, RECORD);
    assert.deepEqual(pods, []);
    const [{ cpu, memory, network, ...facts } = assert.fail('no container'), ...others] = containers;
    assert.deepEqual(others, []);
    assert.deepEqual(facts, {
      name: 'web',
      id: ID,
      runtime: 'docker',
      image: 'busybox:1',
      image_id: 'sha256:0123',
      compose_project: 'shop',
      compose_service: 'cart',
      created_time_seconds: 1000,
      labels: { tier: 'front' },
    });
    assert.equal((cpu as { readonly usage_seconds_total: number }).usage_seconds_total, 7);
    assert.equal((memory as { readonly working_set_bytes: number }).working_set_bytes, 5000);
    const { interfaces } = network as { readonly interfaces: readonly Readonly<Record<string, unknown>>[] };
    assert.deepEqual(
      interfaces.map((each) => [each['interface'], each['receive_bytes_total']]),
      [['eth0', 9]],
    );
  });

  test('has its short ID as name if no engine reports it, and no other fact', async (t) => {
    const { containers = [] } = await documentOf(t);
    assert.deepEqual(
      containers.map((container) => [container.name, container.id, Object.keys(container).toSorted()]),
      [[SHORT, ID, ['cpu', 'id', 'memory', 'name', 'network']]],
    );
  });

  test('has the rates of its counters, those of its network included', async (t) => {
    const node = liveNode(t, files(1_000_000, 100));
    await node.get(ALL);
    node.advance(2000);
    node.write(files(2_000_000, 300));
    const { containers = [] } = await node.get(ALL);
    const rates = containers[0]?.['rates'] as {
      readonly interval_seconds: number;
      readonly cpu: { readonly usage_seconds_total: number };
      readonly network: { readonly interfaces: readonly Readonly<Record<string, unknown>>[] };
    };
    assert.equal(rates.interval_seconds, 2);
    assert.equal(rates.cpu.usage_seconds_total, 0.5);
    assert.equal(rates.network.interfaces[0]?.['receive_bytes_total'], 100);
  });

  test('is not in the document of one pod', async (t) => {
    assert.equal((await documentOf(t, RECORD, 'pod')).containers, undefined);
  });
});

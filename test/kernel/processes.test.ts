import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';

import { PROCESSES_SCHEMA_FILE } from '../../scripts/processes-schema.ts';
import { Cleanup } from '../support/cleanup.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { httpRequest } from '../support/http-client.ts';
import { launch } from '../support/launch.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { StandInNode } from '../support/stand-in-node.ts';
import { equals, until } from '../support/until.ts';
import { idle, severalProcesses } from '../support/workloads.ts';

const PATH = '/api/v1/processes';
const CHILDREN = 5;

/** A container outside of pods, and the name that it has without an engine. */
const OUTSIDE_ID = 'c0ffee'.padEnd(64, '0');
const OUTSIDE = OUTSIDE_ID.slice(0, 12);

interface Document {
  readonly containers: readonly {
    readonly name?: string;
    readonly id: string;
    readonly processes?: readonly { readonly pid: number; readonly name: string; readonly state: string }[];
    readonly omitted?: number;
  }[];
}

const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../..', PROCESSES_SCHEMA_FILE), 'utf8')) as object;
const isPublished = new Ajv2020({ strict: true }).compile(schema);

describe('processes of real cgroups', { skip: whyNoStandIn() ?? false }, () => {
  const cleanup = new Cleanup();
  let node: StandInNode;
  let exporter: ExporterProcess;

  const flags = (): readonly string[] => [
    '--pods=api',
    `--kubeconfig=${node.kubeconfigPath}`,
    `--node-name=${node.nodeName}`,
    `--path.cgroup=${node.tree.view()}`,
  ];

  before(async () => {
    node = await StandInNode.create();
    cleanup.defer(() => node.stop());
    await node.addPods([
      {
        namespace: 'shop',
        name: 'web',
        containers: [
          { name: 'forks', argv: severalProcesses(CHILDREN) },
          { name: 'idle', argv: idle() },
        ],
      },
      { namespace: 'shop', name: 'other', containers: [{ name: 'idle', argv: idle() }] },
    ]);
    const cgroup = `docker/${OUTSIDE_ID}`;
    node.tree.make(cgroup);
    await launch(node.tree, { cgroup, network: 'host', argv: idle() });
    exporter = await ExporterProcess.start(flags());
    cleanup.defer(() => exporter.stop());
    await exporter.ready();
  });

  after(() => cleanup.run());

  const read = async (query: string, from = exporter): Promise<Document> => {
    const document = JSON.parse(await from.get(`${PATH}?${query}`)) as Document;
    assert.equal(isPublished(document), true, JSON.stringify(isPublished.errors));
    return document;
  };

  test('are listed by container, with those that the kernel lists', async () => {
    const count = async (): Promise<number | undefined> =>
      (await read('namespace=shop&pod=web')).containers.find(({ name }) => name === 'forks')?.processes?.length;
    await until('all child processes', count, equals(CHILDREN + 1));
    const { containers } = await read('namespace=shop&pod=web');
    assert.deepEqual(new Set(containers.map(({ name }) => name)), new Set(['forks', 'idle']));
    for (const { name, processes = [], omitted } of containers) {
      const container = node.pod('web').containers.find((each) => each.name === name);
      const [file = ''] = node.tree.procsFiles(container?.cgroup ?? '');
      const pids = readFileSync(file, 'latin1').trim().split('\n').map(Number);
      assert.deepEqual(
        processes.map(({ pid }) => pid),
        pids.toSorted((left, right) => left - right),
      );
      assert.equal(omitted, 0);
      for (const each of processes) {
        assert.equal(each.name, readFileSync(`/proc/${each.pid}/comm`, 'utf8').trim());
        assert.equal(each.state, 'sleeping');
      }
    }
  });

  test('of a container outside of pods are selected by its name', async () => {
    const { containers } = await read(`container=${OUTSIDE}`);
    assert.deepEqual(
      containers.map(({ name, id, processes = [] }) => [name, id, processes.map((each) => each.name)]),
      [[OUTSIDE, OUTSIDE_ID, ['sleep']]],
    );
    assert.deepEqual((await read('container=idle')).containers, []);
    assert.deepEqual((await read(`pod=${OUTSIDE}`)).containers, []);
    const { status, text } = await httpRequest(`${exporter.url}${PATH}?pod=web&container=${OUTSIDE}`);
    assert.deepEqual([status, text], [400, 'the parameters pod and container cannot be combined\n']);
  });

  test('contain neither command lines nor environment variables', async () => {
    const text = await exporter.get(`${PATH}?namespace=shop&pod=web`);
    assert.doesNotMatch(text, /infinity|while|PATH=/);
  });

  test('of a pod that does not exist are an empty list, and a pod or a container is required', async () => {
    for (const query of ['namespace=shop&pod=none', 'namespace=other&pod=web', 'pod=web'])
      assert.deepEqual((await read(query)).containers, []);
    for (const query of ['', '?namespace=shop', '?pod=']) {
      const { status, text } = await httpRequest(exporter.url + PATH + query);
      assert.deepEqual([status, text], [400, 'the parameter pod or container is required\n']);
    }
  });

  test('of a pod without metadata are selected by its UID', async () => {
    const nameless = await ExporterProcess.start(['--pods=none', `--path.cgroup=${node.tree.view()}`]);
    cleanup.defer(() => nameless.stop());
    const { containers } = await read(`pod=${node.pod('other').uid}`, nameless);
    // The sandbox cannot be told from a container without a name.
    assert.ok(containers.flatMap(({ processes = [] }) => processes).some(({ name }) => name === 'sleep'));
  });

  test('are absent if they are in another PID namespace', async () => {
    const wrapper = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
    const hidden = await ExporterProcess.start(flags(), { wrapper });
    cleanup.defer(() => hidden.stop());
    await hidden.ready();
    const { containers } = await read('namespace=shop&pod=web', hidden);
    assert.ok(containers.length > 1);
    for (const { processes } of containers) assert.equal(processes, undefined);
  });
});

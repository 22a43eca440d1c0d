import assert from 'node:assert/strict';
import { chmodSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { ExporterProcess } from '../support/exporter-process.ts';
import { sleepingPods } from '../support/node-pods.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { SampleTable } from '../support/sample-table.ts';
import { lastingDifferences, seriesOfMachine } from '../support/series-of-machine.ts';
import { SETPRIV, whyNoSetpriv } from '../support/setpriv.ts';
import { StandInNode } from '../support/stand-in-node.ts';
import { idle } from '../support/workloads.ts';

describe('the exporter as a user without rights', { skip: whyNoStandIn() ?? whyNoSetpriv() ?? false }, () => {
  const cleanups: (() => Promise<unknown>)[] = [];
  let node: StandInNode;
  let flags: readonly string[];
  let exporter: ExporterProcess;

  before(async () => {
    node = await StandInNode.create();
    cleanups.push(() => node.stop());
    const host = { namespace: 'n', name: 'host', hostNetwork: true, containers: [{ name: 'host', argv: idle() }] };
    await node.addPods([...sleepingPods(3, 2), host]);
    const view = node.tree.view();
    chmodSync(view, 0o755);
    flags = [`--path.cgroup=${view}`, `--pods=file:${await node.podsFile()}`];
    exporter = await ExporterProcess.start(flags, { wrapper: SETPRIV });
    cleanups.push(() => exporter.stop());
    await exporter.ready();
  });

  after(async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  });

  test('has none', () => {
    const status = readFileSync(`/proc/${exporter.pid}/status`, 'latin1');
    assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb']) assert.match(status, new RegExp(`^Cap${set}:\\t0+$`, 'm'));
  });

  test('exports the same series as root', async (t) => {
    const root = await ExporterProcess.start(flags);
    t.after(() => root.stop());
    await root.ready();
    const series = async (from: ExporterProcess) => seriesOfMachine(new SampleTable(await from.get('/metrics')));
    const differences = await lastingDifferences(
      () => series(exporter),
      () => series(root),
    );
    assert.deepEqual(differences, []);
    const ours = new SampleTable(await exporter.get('/metrics'));
    assert.ok([...seriesOfMachine(ours)].some((key) => key.startsWith('pod_network_receive_bytes_total')));
    assert.deepEqual(ours.family('pod_exporter_read_errors_total'), []);
    assert.doesNotMatch(exporter.log, /level=(?:warn|error)/);
  });

  test('omits what it may not read, and counts it at every scrape', async (t) => {
    const pod = node.pod('sleeper');
    const { cgroup, name: container } = pod.container('c0');
    const file = ['memory.usage_in_bytes', 'memory.current'].flatMap((name) => node.tree.file(cgroup, name) ?? [])[0];
    assert.ok(file !== undefined);
    const ofPods = (table: SampleTable) =>
      new Set([...seriesOfMachine(table)].filter((key) => /^(?:pod|container)_/.test(key)));
    const whole = ofPods(new SampleTable(await exporter.get('/metrics')));
    chmodSync(file, 0);
    t.after(() => chmodSync(file, 0o444));
    const other = await ExporterProcess.start(flags, { wrapper: SETPRIV });
    t.after(() => other.stop());
    await other.ready();
    const labels = { namespace: pod.plan.namespace, pod: pod.plan.name, container };
    for (const scrapes of [1, 2, 3]) {
      const table = new SampleTable(await other.get('/metrics'));
      const errors = table
        .family('pod_exporter_read_errors_total')
        .map(({ labels: own, value }) => ({ ...own, value }));
      assert.deepEqual(errors, [{ collector: 'memory', code: 'EACCES', value: scrapes }]);
      const missing = [...whole.difference(ofPods(table))].map((key) => key.split(' ')[0]);
      assert.deepEqual(missing, ['container_memory_usage_bytes', 'container_memory_working_set_bytes']);
      assert.equal(table.value('container_memory_usage_bytes', labels), undefined);
    }
    await other.stop();
    assert.equal(other.log.match(/cannot read kernel files/g)?.length, 1, other.log);
  });
});

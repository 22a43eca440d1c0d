import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { bundleExporter } from '../../scripts/bundle.ts';
import { RUNTIME_ENVIRONMENT, RUNTIME_FLAGS } from '../../scripts/runtime.ts';
import { crowd, peakResident } from '../support/many-clients.ts';
import { MEMORY_LIMIT } from '../support/manifests.ts';
import { MemoryCgroup, whyNoMemoryCgroup } from '../support/memory-cgroup.ts';
import { PlainNode } from '../support/plain-node.ts';
import { Program } from '../support/program.ts';

const CLIENTS = 40;
const STREAMS = 20;
const PODS = Array.from({ length: 250 }, (_, number) => `web-${number}`);

/** An answer of 7 MB, as 250 pods of three containers have. */
const DEVICES = 20;

const VIEWS = [
  '/metrics',
  '/metrics/cadvisor',
  '/metrics/resource',
  '/metrics/kubelet',
  '/stats/summary',
  '/api/v1/pods',
];

describe('250 pods within the memory limit of the manifest', { skip: whyNoMemoryCgroup }, () => {
  let folder: string;
  let node: PlainNode;
  let cgroup: MemoryCgroup;
  let exporter: Program;
  let url: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pod-exporter-limit-'));
    const file = join(folder, 'pod-exporter.mjs');
    await bundleExporter(file);
    node = new PlainNode({ pods: PODS, devices: DEVICES });
    cgroup = new MemoryCgroup(MEMORY_LIMIT);
    const flags = ['--events', '--web.listen-address=127.0.0.1:0', ...node.flags, `--pods=file:${node.podsFile}`];
    const argv = [...cgroup.wrapper, process.execPath, ...RUNTIME_FLAGS, file, ...flags];
    exporter = await Program.start(argv, { env: RUNTIME_ENVIRONMENT });
    url = await exporter.listening();
    await exporter.logs(/msg=found/);
  });

  after(async () => {
    await exporter.stop();
    await cgroup.remove();
    node.remove();
    rmSync(folder, { recursive: true });
  });

  for (const compressed of [true, false]) {
    for (const reading of [true, false]) {
      const how = `${compressed ? 'with' : 'without'} gzip that ${reading ? 'read' : 'do not read'}`;

      test(`${CLIENTS} clients ${how}, of all views`, async (context) => {
        const path = (client: number): string => VIEWS[client % VIEWS.length] ?? '';
        const { statuses } = await crowd(url, { clients: CLIENTS, path, compressed, reading });
        context.diagnostic(`${Math.round(peakResident(exporter.pid) / 2 ** 20)} MiB`);
        assert.deepEqual([cgroup.oomKills, exporter.running], [0, true]);
        assert.deepEqual(new Set(statuses), new Set([200]));
      });
    }
  }

  // Those that keep the most: compressed bodies until the end, and streams that decompress.
  for (const [how, compressed, reading] of [
    ['with gzip that do not read', true, false],
    ['without gzip that read', false, true],
  ] as const) {
    test(`${CLIENTS - 1} clients ${how}, of different answers`, async (context) => {
      const path = (client: number): string => `/metrics?different=${client}`;
      const { statuses } = await crowd(url, { clients: CLIENTS - 1, path, compressed, reading });
      context.diagnostic(`${Math.round(peakResident(exporter.pid) / 2 ** 20)} MiB`);
      assert.deepEqual([cgroup.oomKills, exporter.running], [0, true]);
      assert.deepEqual(new Set(statuses), new Set([200]));
    });
  }

  // Half of the requests in progress may be streams, of three different documents.
  for (const reading of [true, false]) {
    test(`${STREAMS} streams that ${reading ? 'read' : 'do not read'}`, async (context) => {
      const path = (client: number): string => `/api/v1/pods?watch=${1 + (client % 3)}s`;
      const { statuses } = await crowd(url, { clients: STREAMS, path, compressed: false, reading });
      context.diagnostic(`${Math.round(peakResident(exporter.pid) / 2 ** 20)} MiB`);
      assert.deepEqual([cgroup.oomKills, exporter.running], [0, true]);
      assert.deepEqual(new Set(statuses), new Set([200]));
    });
  }
});

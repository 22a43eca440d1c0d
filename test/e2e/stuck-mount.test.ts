import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { bundleExporter } from '../../scripts/bundle.ts';
import { RUNTIME_ENVIRONMENT, RUNTIME_FLAGS } from '../../scripts/runtime.ts';
import { Cleanup } from '../support/cleanup.ts';
import { HungMount, whyNoHungMount } from '../support/hung-mount.ts';
import { EXPORTER, Program } from '../support/program.ts';
import { SampleTable } from '../support/sample-table.ts';
import { equals, until } from '../support/until.ts';
import type { Argv } from '../support/workloads.ts';

const skip = whyNoHungMount() ?? false;

describe('a node with a mount that never answers', { skip }, () => {
  const cleanup = new Cleanup();
  let folder: string;
  let point: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pod-exporter-stuck-'));
    cleanup.defer(() => rm(folder, { recursive: true, force: true }));
    point = join(folder, 'hung');
    mkdirSync(point);
    const hung = await HungMount.at(point);
    cleanup.defer(() => hung.remove());
  });

  after(() => cleanup.run());

  /** Starts the exporter, scrapes it twice and ends it. */
  async function tellsAndEnds(argv: Argv): Promise<void> {
    const flags = ['--pods=none', '--collector.volumes.timeout=5', '--web.listen-address=127.0.0.1:0'];
    const program = await Program.start([...argv, ...flags], { env: RUNTIME_ENVIRONMENT });
    try {
      const url = await program.listening();
      const scrape = async (): Promise<SampleTable> => new SampleTable(await (await fetch(`${url}/metrics`)).text());
      for (let round = 0; round < 2; round++) {
        const table = await scrape();
        const labels = { device: 'hung', mountpoint: point, fstype: 'fuse' };
        assert.equal(table.value('machine_filesystem_device_error', labels), 1);
        assert.equal(table.value('machine_filesystem_size_bytes', labels), undefined);
        assert.equal(table.value('pod_exporter_stuck_mounts'), 1);
        assert.equal(table.value('pod_exporter_collector_success', { collector: 'filesystem' }), 1);
        assert.ok(table.family('machine_disk_io_now').length > 0);
      }
      const answer = await fetch(`${url}/metrics/cadvisor`);
      const sizes = new Set((await scrape()).family('machine_filesystem_size_bytes').map(({ value }) => value));
      const limits = new SampleTable(await answer.text()).family('container_fs_limit_bytes');
      assert.ok(limits.length > 0);
      for (const { labels, value } of limits) {
        assert.equal(labels['id'], '/');
        assert.ok(sizes.has(value), JSON.stringify(labels));
      }
    } finally {
      program.kill('SIGTERM');
    }
    assert.equal((await program.ended).code, 0, program.stderr);
  }

  test('reports that, and exits with 0', () => tellsAndEnds(EXPORTER));

  test('does so from the bundle too', async () => {
    const file = join(folder, 'pod-exporter.mjs');
    await bundleExporter(file);
    await tellsAndEnds([process.execPath, ...RUNTIME_FLAGS, file]);
  });

  test('a mount made later is seen in a namespace of mounts that follows the node', async () => {
    const flags = ['--pods=none', '--web.listen-address=127.0.0.1:0', '--collector.volumes.timeout=0.2'];
    const later = join(folder, 'later');
    const trigger = join(folder, 'trigger');
    mkdirSync(later);
    // The first shell is the node, whose mounts are shared as systemd makes them; the exporter's follow.
    const script = `mount --make-rshared /; later=$1 trigger=$2; shift 2
      unshare --mount --propagation slave "$@" &
      while [ ! -e "$trigger" ]; do sleep 0.05; done
      mount -t tmpfs -o size=1m tmpfs "$later"; wait`;
    const node = ['unshare', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', script, 'sh'];
    const program = await Program.start([...node, later, trigger, ...EXPORTER, ...flags]);
    try {
      const url = await program.listening();
      const labels = { device: 'tmpfs', mountpoint: later, fstype: 'tmpfs' };
      const size = async (): Promise<number | undefined> =>
        new SampleTable(await (await fetch(`${url}/metrics`)).text()).value('machine_filesystem_size_bytes', labels);
      assert.equal(await size(), undefined);
      writeFileSync(trigger, '');
      await until('the size of the new mount', size, equals(2 ** 20));
    } finally {
      program.kill('SIGKILL');
      await program.ended;
    }
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { bundleExporter } from '../../scripts/bundle.ts';
import { RUNTIME_ENVIRONMENT, RUNTIME_FLAGS } from '../../scripts/runtime.ts';
import { flood } from '../support/api-faults.ts';
import { ApiServer } from '../support/api-server.ts';
import { largePod } from '../support/large-pod.ts';
import { MEMORY_LIMIT } from '../support/manifests.ts';
import { Program } from '../support/program.ts';
import { until } from '../support/until.ts';

const MEBIBYTE = 2 ** 20;

/** Bytes of one pod, most of them in fields that are not kept. */
const POD_SIZE = 20_000;
const NODE = 'node1';

describe('many large pods', () => {
  let folder: string;
  let program: readonly string[];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pod-exporter-memory-'));
    const file = join(folder, 'pod-exporter.mjs');
    await bundleExporter(file);
    program = [...RUNTIME_FLAGS, file];
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  async function served<T>(
    pods: { here: number; elsewhere: number },
    work: (path: string, api: ApiServer) => Promise<T>,
  ) {
    const api = await ApiServer.start();
    for (let pod = 0; pod < pods.here; pod++) api.setPod(largePod(pod, NODE, POD_SIZE));
    api.failAll(
      'list',
      flood(function* () {
        for (let pod = 0; pod < pods.elsewhere; pod++) yield largePod(pods.here + pod, 'node2', POD_SIZE);
      }),
    );
    const path = join(folder, 'kubeconfig');
    writeFileSync(path, api.kubeconfig);
    try {
      return await work(path, api);
    } finally {
      await api.close();
    }
  }

  /** Most bytes that were resident while the program took in two lists. */
  function peak(pods: { here: number; elsewhere: number }): Promise<number> {
    return served(pods, async (kubeconfig, api) => {
      const flags = [
        '--pods=api',
        `--kubeconfig=${kubeconfig}`,
        `--node-name=${NODE}`,
        '--web.listen-address=127.0.0.1:0',
      ];
      const exporter = await Program.start([process.execPath, ...program, ...flags], { env: RUNTIME_ENVIRONMENT });
      try {
        const url = await exporter.listening();
        for (const lists of [1, 2]) {
          await until(
            `watch ${lists}`,
            () => api.count('watch'),
            (watches) => watches >= lists,
          );
          const body = await (await fetch(`${url}/metrics`)).text();
          assert.match(body, new RegExp(`^pod_exporter_pods_indexed ${pods.here}$`, 'm'));
          api.failWatches(400);
        }
        const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${exporter.pid}/status`, 'utf8')) ?? [];
        return Number(kilobytes) * 1024;
      } finally {
        await exporter.stop();
      }
    });
  }

  test('500 pods of 20 kB: less than 40 MB more at any time than on an empty node', async (context) => {
    const empty = await peak({ here: 0, elsewhere: 0 });
    const full = await peak({ here: 500, elsewhere: 0 });
    context.diagnostic(`${Math.round(empty / MEBIBYTE)} MiB, ${Math.round(full / MEBIBYTE)} MiB`);
    assert.ok(full - empty < 40 * MEBIBYTE, `${full - empty} bytes`);
  });

  test('a list of 30 MB from a server that ignores the selector stays below the limit', async (context) => {
    const most = await peak({ here: 100, elsewhere: 1400 });
    context.diagnostic(`${Math.round(most / MEBIBYTE)} MiB`);
    assert.ok(most < MEMORY_LIMIT, `${most} bytes`);
  });

  test('500 pods of 20 kB: the heap grows by less than 8 MB', async (context) => {
    const script = fileURLToPath(new URL('../support/pods-heap.ts', import.meta.url));
    const { stdout, stderr } = await served({ here: 500, elsewhere: 0 }, (kubeconfig) =>
      Program.run([process.execPath, '--expose-gc', script, kubeconfig, NODE]),
    );
    const grown = Number(stdout);
    context.diagnostic(`${(grown / MEBIBYTE).toFixed(2)} MiB`);
    assert.ok(grown > 0 && grown < 8 * MEBIBYTE, `${stdout} ${stderr}`);
  });
});

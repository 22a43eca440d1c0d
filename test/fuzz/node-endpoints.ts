import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';

import { openEndpoints } from '../../src/endpoints.ts';
import { type Exporter, openExporter } from '../../src/exporter.ts';
import { collectors } from '../../src/metrics/index.ts';
import { openPodSource } from '../../src/pods/open-source.ts';
import type { Endpoint } from '../../src/views/endpoint.ts';
import { configOf } from '../support/config-of.ts';
import { silentLog } from '../support/log-record.ts';
import { parsePodsDocument } from '../support/pods-document.ts';
import type { RecordedCopy } from '../support/recorded-copy.ts';
import { strictExposition } from '../support/strict-exposition.ts';
import { parseSummary } from '../support/summary-schema.ts';
import { textOutput } from '../support/view-text.ts';

/** Throws if an answer is not what the clients of its endpoint accept. */
type Check = (text: string) => unknown;

/** JSON endpoints; the others are expositions. */
const CHECKS: Readonly<Record<string, Check>> = { '/api/v1/pods': parsePodsDocument, '/stats/summary': parseSummary };

const FLAGS = ['--compat.zeros', ...collectors.filter(({ slow }) => !slow).map(({ name }) => `--collector.${name}`)];

const TIMEOUT_MS = 60_000;

/** Every endpoint of a copy of a recorded node, without a server. */
export class NodeEndpoints {
  readonly #exporter: Exporter;
  readonly #endpoints: readonly Endpoint[];

  private constructor(exporter: Exporter) {
    this.#exporter = exporter;
    this.#endpoints = openEndpoints(exporter.endpointParts, '/metrics');
  }

  static async open({ cgroup, procfs, podsFile }: RecordedCopy, nodeName: string): Promise<NodeEndpoints> {
    const root = dirname(procfs);
    const paths = { cgroup, procfs, sysfs: join(root, 'sys'), rootfs: root };
    const flags = Object.entries(paths).map(([name, path]) => `--path.${name}=${path}`);
    const config = configOf([...FLAGS, ...flags, `--pods=file:${podsFile}`, `--node-name=${nodeName}`]);
    const source = await openPodSource({ ...config, environment: {}, log: silentLog });
    await source.start();
    await source.stop();
    return new NodeEndpoints(openExporter(config, source, silentLog));
  }

  /** Requests every endpoint that reads the node once, and checks its answer; returns the texts by path. */
  async check(): Promise<ReadonlyMap<string, string>> {
    const texts = new Map<string, string>();
    for (const { path, answer } of this.#endpoints) {
      const answered = answer({ query: new URLSearchParams(), header: () => '' });
      if (answered.kind !== 'snapshot') continue;
      const deadline = performance.now() + TIMEOUT_MS;
      const output = textOutput();
      await this.#exporter.collections.use(answered.collectors, deadline, (snapshot) =>
        answered.write(snapshot, { ...output, deadline }),
      );
      const text = output.text();
      try {
        (CHECKS[path] ?? checkExposition)(text);
      } catch (error) {
        throw new Error(`${path}: ${String(error)}`, { cause: error });
      }
      texts.set(path, text);
    }
    return texts;
  }

  async close(): Promise<void> {
    await this.#exporter.close();
  }
}

function checkExposition(text: string): void {
  for (const { name, value } of strictExposition(Buffer.from(text)).samples) assert.ok(Number.isFinite(value), name);
}

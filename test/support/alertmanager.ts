import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from './free-port.ts';
import { Program } from './program.ts';

/** Why Alertmanager cannot be run, as a test's reason to be skipped; false if it can. */
export function whyNoAlertmanager(): string | false {
  const { error } = spawnSync('prometheus-alertmanager', ['--version']);
  return error === undefined ? false : 'needs prometheus-alertmanager (Debian package of that name)';
}

/** An alert in a notification. */
export interface NotifiedAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** An Alertmanager of its own, and a receiver of its notifications. */
export class Alertmanager {
  /** `host:port` that Prometheus sends alerts to. */
  readonly address: string;
  /** Every alert of every notification. */
  readonly notified: NotifiedAlert[] = [];
  readonly #folder: string;
  readonly #receiver: Server;
  #program: Program | undefined;

  private constructor(address: string) {
    this.address = address;
    this.#folder = mkdtempSync(join(tmpdir(), 'pod-exporter-alertmanager-'));
    this.#receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { alerts } = JSON.parse(Buffer.concat(chunks).toString()) as { alerts: readonly NotifiedAlert[] };
        this.notified.push(...alerts);
        response.end();
      });
    });
  }

  /** Starts both; it notifies at once. */
  static async start(inhibitRules: readonly unknown[] = []): Promise<Alertmanager> {
    const alertmanager = new Alertmanager(`127.0.0.1:${await freePort()}`);
    await alertmanager.#start(inhibitRules);
    return alertmanager;
  }

  async #start(inhibitRules: readonly unknown[]): Promise<void> {
    this.#receiver.listen(0, '127.0.0.1');
    await once(this.#receiver, 'listening');
    const { port } = this.#receiver.address() as AddressInfo;
    const file = join(this.#folder, 'alertmanager.yml');
    const configuration = {
      route: { receiver: 'webhook', group_by: ['alertname'], group_wait: '0s', group_interval: '1s' },
      inhibit_rules: inhibitRules,
      receivers: [{ name: 'webhook', webhook_configs: [{ url: `http://127.0.0.1:${port}/` }] }],
    };
    // JSON is valid YAML.
    writeFileSync(file, JSON.stringify(configuration));
    this.#program = await Program.start([
      'prometheus-alertmanager',
      `--config.file=${file}`,
      `--storage.path=${join(this.#folder, 'data')}`,
      `--web.listen-address=${this.address}`,
      '--cluster.listen-address=',
    ]);
    await this.#program.logs(/Listening on/i);
  }

  /** Ends both and removes the data. */
  async stop(): Promise<void> {
    await this.#program?.stop();
    const closed = once(this.#receiver, 'close');
    this.#receiver.close();
    this.#receiver.closeAllConnections();
    await closed;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from './free-port.ts';
import { Program } from './program.ts';

/** Why InfluxDB cannot be run, as a test's reason to be skipped; false if it can. */
export function whyNoInfluxDb(): string | false {
  const { error } = spawnSync('influxd', ['version']);
  return error === undefined ? false : 'needs influxd (Debian package influxdb)';
}

const DATABASE = 'pods';

/** An InfluxDB 1 of its own, with its data in a temporary folder. */
export class InfluxDb {
  readonly #url: string;
  readonly #program: Program;
  readonly #folder: string;

  private constructor(url: string, program: Program, folder: string) {
    this.#url = url;
    this.#program = program;
    this.#folder = folder;
  }

  /** Starts it with an empty database. */
  static async start(): Promise<InfluxDb> {
    const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-influxdb-'));
    const address = `127.0.0.1:${await freePort()}`;
    const file = join(folder, 'influxdb.conf');
    const lines = [
      'reporting-disabled = true',
      `bind-address = "127.0.0.1:${await freePort()}"`,
      `[meta]\n  dir = "${folder}/meta"`,
      `[data]\n  dir = "${folder}/data"\n  wal-dir = "${folder}/wal"`,
      '[monitor]\n  store-enabled = false',
      `[http]\n  bind-address = "${address}"\n  log-enabled = false`,
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    const program = await Program.start(['influxd', '-config', file]);
    const influxDb = new InfluxDb(`http://${address}`, program, folder);
    try {
      await program.logs(/Listening on HTTP/);
      await influxDb.query(`CREATE DATABASE ${DATABASE}`, 'POST');
      return influxDb;
    } catch (error) {
      await influxDb.stop();
      throw error;
    }
  }

  /** Where Prometheus writes to. */
  get writeUrl(): string {
    return `${this.#url}/api/v1/prom/write?db=${DATABASE}`;
  }

  /** Rows of the first result, each by column. */
  async query(query: string, method = 'GET'): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const search = new URLSearchParams({ db: DATABASE, q: query });
    const response = await fetch(`${this.#url}/query?${search.toString()}`, { method });
    const { results } = (await response.json()) as {
      results: readonly {
        series?: readonly { columns: readonly string[]; values: readonly (readonly unknown[])[] }[];
      }[];
    };
    const [series] = results[0]?.series ?? [];
    if (series === undefined) return [];
    return series.values.map((row) => Object.fromEntries(series.columns.map((column, at) => [column, row[at]])));
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    await this.#program.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

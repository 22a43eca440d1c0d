import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from './free-port.ts';
import { httpRequest } from './http-client.ts';
import { Program } from './program.ts';
import { until } from './until.ts';

/** Why Prometheus cannot be run, as a test's reason to be skipped; false if it can. */
export function whyNoPrometheus(): string | false {
  const { error } = spawnSync('prometheus', ['--version']);
  return error === undefined ? false : 'needs prometheus (Debian package prometheus)';
}

/** One series of a query result. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A scrape must not take longer than this part of its timeout, as long as the machine is no busier than now. */
const MAX_TIMEOUT_SHARE = 0.2;

/**
 * Global configuration for these targets: one scrape per second, or fewer on a machine on which a scrape takes long,
 * because Prometheus takes a target for down when the timeout expires.
 */
export async function scrapeEach(urls: readonly string[]): Promise<object> {
  const durations: number[] = [];
  // The first scrape is slower than the others.
  for (let scrape = 0; scrape < 3; scrape++) {
    const start = performance.now();
    await Promise.all(urls.map((url) => httpRequest(url, { headers: { 'Accept-Encoding': 'gzip' } })));
    durations.push(performance.now() - start);
  }
  const seconds = Math.ceil(Math.max(...durations.slice(1)) / 1000 / MAX_TIMEOUT_SHARE);
  return { scrape_interval: `${seconds}s`, scrape_timeout: `${seconds}s` };
}

/** A Prometheus of its own, with its data in a temporary folder. */
export class Prometheus {
  readonly #url: string;
  readonly #program: Program;
  readonly #folder: string;

  private constructor(url: string, program: Program, folder: string) {
    this.#url = url;
    this.#program = program;
    this.#folder = folder;
  }

  /** Starts it with this configuration and this content of a rule file; resolves when it is ready for queries. */
  static async start(configuration: object, rules: object = { groups: [] }): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-prometheus-'));
    const file = join(folder, 'prometheus.yml');
    const ruleFile = join(folder, 'rules.yml');
    // JSON is valid YAML.
    writeFileSync(file, JSON.stringify({ ...configuration, rule_files: [ruleFile] }));
    writeFileSync(ruleFile, JSON.stringify(rules));
    const address = `127.0.0.1:${await freePort()}`;
    const program = await Program.start([
      'prometheus',
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--web.enable-admin-api',
    ]);
    const prometheus = new Prometheus(`http://${address}`, program, folder);
    try {
      await program.logs(/Server is ready to receive web requests/);
      return prometheus;
    } catch (error) {
      await prometheus.stop();
      throw error;
    }
  }

  /** What it logged. */
  get log(): string {
    return this.#program.stderr;
  }

  /** Address of its API, without a path. */
  get url(): string {
    return this.#url;
  }

  /**
   * The result of an instant query, at a Unix time or now:
   * https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
   */
  async query(query: string, time?: number): Promise<readonly Series[]> {
    const { result } = await this.#get<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
      'query',
      { query, ...(time === undefined ? {} : { time: String(time) }) },
    );
    return result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
  }

  /** Type of each metric that a job of this name has. */
  async types(job: string): Promise<ReadonlyMap<string, string>> {
    const data = await this.#get<{ metric: string; type: string }[]>('targets/metadata', {
      match_target: `{job="${job}"}`,
    });
    return new Map(data.map(({ metric, type }) => [metric, type]));
  }

  /** Waits until each of so many targets has been scraped so often without a failure. */
  async scraped(targets: number, scrapes: number): Promise<void> {
    await until(
      `${scrapes} scrapes of ${targets} targets`,
      () => this.query('sum_over_time(up[10m])'),
      (series) => series.length === targets && series.every(({ value }) => value >= scrapes),
    );
  }

  /** Deletes the series that a selector selects: https://prometheus.io/docs/prometheus/latest/querying/api/#delete-series */
  async deleteSeries(selector: string): Promise<void> {
    const search = new URLSearchParams({ 'match[]': selector }).toString();
    const { status } = await fetch(`${this.#url}/api/v1/admin/tsdb/delete_series?${search}`, { method: 'POST' });
    if (status !== 204) throw new Error(`Prometheus does not delete ${selector}: ${status}`);
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    await this.#program.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The data of a response; throws if there is none. */
  async #get<T>(endpoint: string, search: Readonly<Record<string, string>>): Promise<T> {
    const response = await fetch(`${this.#url}/api/v1/${endpoint}?${new URLSearchParams(search).toString()}`);
    const body = (await response.json()) as { data?: T; error?: string };
    if (body.data === undefined) throw new Error(`Prometheus reports: ${body.error}`);
    return body.data;
  }
}

import { readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { Program } from '../test/support/program.ts';
import type { Argv } from '../test/support/workloads.ts';
import { roundTo } from './statistics.ts';

/** What a program costs. */
export interface PeerCost {
  /** Thousandths of a core, scrapes and the time between them. */
  readonly cpuMillicores: number;
  /** Resident memory with child processes, in MB of 10^6 bytes; at the end, and at most. */
  readonly rssMegabytes: number;
  readonly peakMegabytes: number;
  /** Of a response, before compression. */
  readonly bytes: number;
  readonly series: number;
  /** Mean age of samples with a timestamp; absent if none has one. */
  readonly ageSeconds?: number;
}

/** Ticks of a second in /proc/PID/stat. */
const USER_HZ = 100;

/** A program that serves `/metrics`, and its cost from {@link begin} on. */
export class PeerProcess {
  readonly #program: Program;
  readonly #url: string;
  #begin = { at: 0, ticks: 0 };
  #text = '';
  readonly #ages: number[] = [];

  private constructor(program: Program, url: string) {
    this.#program = program;
    this.#url = url;
  }

  /** Resolves when it listens. */
  static async start(argv: Argv, env: Readonly<Record<string, string>> = {}): Promise<PeerProcess> {
    const program = await Program.start(argv, { env });
    try {
      // Version 0.1.0 logs `host=127.0.0.1 port=9771`.
      const [, port] = await program.logs(/(?:address=\S*?127\.0\.0\.1:|host=127\.0\.0\.1 port=)(\d+)/);
      return new PeerProcess(program, `http://127.0.0.1:${port}/metrics`);
    } catch (error) {
      await program.stop();
      throw error;
    }
  }

  begin(): void {
    this.#begin = { at: performance.now(), ticks: this.#ticks() };
  }

  /** One scrape with gzip. */
  async scrape(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    get(this.#url, { headers: { 'accept-encoding': 'gzip' } }, (response) => {
      buffer(response).then(resolve, reject);
    }).on('error', reject);
    this.#text = gunzipSync(await promise).toString('latin1');
    const now = Date.now();
    const stamps = [...this.#text.matchAll(/^[^#].* (\d{13})$/gm)].map(([, stamp]) => now - Number(stamp));
    if (stamps.length > 0) this.#ages.push(mean(stamps) / 1000);
  }

  cost(): PeerCost {
    const { at, ticks } = this.#begin;
    const seconds = (performance.now() - at) / 1000;
    const ages = this.#ages;
    return {
      cpuMillicores: roundTo(((this.#ticks() - ticks) / USER_HZ / seconds) * 1000, 1),
      rssMegabytes: this.#megabytes('VmRSS'),
      peakMegabytes: this.#megabytes('VmHWM'),
      bytes: this.#text.length,
      series: this.#text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length,
      ...(ages.length === 0 ? {} : { ageSeconds: roundTo(mean(ages), 1) }),
    };
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }

  /** CPU time of the process group, children that have exited included. */
  #ticks(): number {
    return sum(this.#group().flatMap(({ times }) => times));
  }

  #megabytes(field: 'VmRSS' | 'VmHWM'): number {
    const kibibytes = this.#group().map(({ pid }) => {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1');
      return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    });
    return roundTo((sum(kibibytes) * 1024) / 1e6, 1);
  }

  /**
   * The processes of the group, with their CPU times in ticks: user, system, and both of children.
   * Format: proc_pid_stat(5).
   */
  #group(): readonly { readonly pid: string; readonly times: readonly number[] }[] {
    return readdirSync('/proc').flatMap((pid) => {
      const stat = /^\d+$/.test(pid) ? statOf(pid) : '';
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(fields[2]) === this.#program.pid ? [{ pid, times: fields.slice(11, 15).map(Number) }] : [];
    });
  }
}

/** Empty if the process has exited. */
function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return '';
  }
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

import { closeSync, openSync, readSync } from 'node:fs';
import { PagePool } from '../src/exposition/page-pool.ts';
import { ExpositionWriter } from '../src/exposition/writer.ts';
import type { FileReader } from '../src/kernel/file-reader.ts';
import { loadNative } from '../src/kernel/native.ts';
import { collectors } from '../src/metrics/index.ts';
import type { OpenNode } from '../src/collect/open-node.ts';
import { TimeSlice } from '../src/base/yielder.ts';
import { NativeView } from '../src/views/native/native.ts';
import { cpuMilliseconds, quantile, roundTo } from './statistics.ts';
import { HookedReader } from '../test/support/hooked-reader.ts';
import { openManyPods, type ManyPods } from './node.ts';

/** Cost of a scrape. */
export interface Cost {
  /** CPU time of a whole scrape divided by that of raw reads of the same files, in the same run; lower quartiles. */
  readonly scrape_ratio: number;
  /** Longest time between two turns of the event loop during a scrape; median over scrapes. */
  readonly stall_ms: number;
  readonly cpu_ms: number;
  readonly raw_ms: number;
  readonly series: number;
  readonly bytes: number;
  readonly files: number;
  /** Cached directory descriptors. */
  readonly directories: number;
}

const WARM_UP_ROUNDS = 3;
const ROUNDS = 9;
const MAX_CACHED_DESCRIPTORS = 16_384;

/** Alternates scrapes with raw reads of the same files, and compares them. */
export async function measureScrape(many: ManyPods): Promise<Cost> {
  const { native } = loadNative();
  let log: string[] | undefined;
  const reader = new HookedReader({ maxCachedDescriptors: MAX_CACHED_DESCRIPTORS, native }, (path) => log?.push(path));
  const bench = await Bench.open(many, reader);
  try {
    for (let round = 0; round < WARM_UP_ROUNDS; round++) await bench.scrape();
    const files: string[] = [];
    log = files;
    const { series, bytes } = await bench.scrape();
    log = undefined;
    rawReads(files);
    const scrapes: number[] = [];
    const reads: number[] = [];
    const stalls: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      scrapes.push(await cpuMilliseconds(() => bench.scrape()));
      reads.push(await cpuMilliseconds(() => rawReads(files)));
      stalls.push(await measureMaxStallMs(() => bench.scrape()));
    }
    const cpu = quantile(scrapes, 0.25);
    const raw = quantile(reads, 0.25);
    return {
      scrape_ratio: roundTo(cpu / raw, 3),
      stall_ms: roundTo(quantile(stalls, 0.5), 1),
      cpu_ms: roundTo(cpu, 1),
      raw_ms: roundTo(raw, 1),
      series,
      bytes,
      files: files.length,
      directories: reader.cachedDescriptors,
    };
  } finally {
    await bench.close();
  }
}

/** The files that a scrape of a running exporter reads, in their order. */
export async function filesOfScrape(many: ManyPods): Promise<readonly string[]> {
  const files = new Set<string>();
  const bench = await Bench.open(many, new HookedReader({ maxCachedDescriptors: 0 }, (path) => files.add(path)));
  try {
    await bench.scrape();
    files.clear();
    await bench.scrape();
  } finally {
    await bench.close();
  }
  return [...files];
}

class Bench {
  readonly #node: OpenNode;
  readonly #view: NativeView;
  readonly #close: () => Promise<void>;
  readonly #pages = new PagePool();
  readonly #enabled = new Set(collectors.filter(({ enabled }) => enabled).map(({ name }) => name));

  private constructor(node: OpenNode, close: () => Promise<void>) {
    this.#node = node;
    this.#view = new NativeView(node.plan);
    this.#close = close;
  }

  static async open(many: ManyPods, reader: FileReader): Promise<Bench> {
    const { node, close } = await openManyPods(many, reader);
    return new Bench(node, close);
  }

  /** Walk, read, parse, label, encode. */
  async scrape(): Promise<{ series: number; bytes: number }> {
    const { scraper } = this.#node;
    const builder = scraper.builder();
    const snapshot = await scraper.scrape(builder, this.#enabled, { at: Number.POSITIVE_INFINITY });
    const writer = new ExpositionWriter('text', this.#pages);
    const series = await this.#view.write(snapshot, this.#enabled, writer, new TimeSlice());
    const bytes = writer.finish().reduce((sum, page) => sum + page.length, 0);
    writer.release();
    scraper.recycle(builder);
    return { series: [...series.values()].reduce((sum, count) => sum + count, 0), bytes };
  }

  close(): Promise<void> {
    return this.#close();
  }
}

const buffer = Buffer.allocUnsafeSlow(64 * 1024);

/** Opens, reads and closes every file that the scrape reads, and discards the bytes. */
function rawReads(files: readonly string[]): void {
  for (const file of files) {
    const opened = openSync(file, 'r');
    readSync(opened, buffer, 0, buffer.length, 0);
    closeSync(opened);
  }
}

/** Longest time between two turns of the event loop during `work`, in milliseconds. */
async function measureMaxStallMs(work: () => Promise<unknown>): Promise<number> {
  let maxMs = 0;
  let last = performance.now();
  let over = false;
  const turn = (): void => {
    const now = performance.now();
    maxMs = Math.max(maxMs, now - last);
    last = now;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  over = true;
  turn();
  return maxMs;
}

import { PagePool } from '../../src/exposition/page-pool.ts';
import { ExpositionWriter } from '../../src/exposition/writer.ts';
import { FileReader } from '../../src/kernel/file-reader.ts';
import { collectors } from '../../src/metrics/index.ts';
import type { PodIndex } from '../../src/pods/pod-index.ts';
import { openNode, type OpenNode } from '../../src/collect/open-node.ts';
import { TimeSlice } from '../../src/base/yielder.ts';
import type { CgroupCounts, Snapshot } from '../../src/snapshot/snapshot.ts';
import type { Subject } from '../../src/snapshot/subject.ts';
import { NativeView } from '../../src/views/native/native.ts';
import { STORAGE } from './storage-choice.ts';

/** Where a node is seen, and what names its pods. */
export interface ScrapedNode {
  readonly cgroup: string;
  /** `/proc` by default, as the next `/sys` and `/`. */
  readonly procfs?: string;
  readonly sysfs?: string;
  readonly rootfs?: string;
  /** Without it pods are called by their UID. */
  readonly index?: PodIndex;
  /** One of its own unless said. */
  readonly reader?: FileReader;
}

/** A cgroup that was measured, and the labels that all its series begin with, as they are written. */
export interface ScrapedCgroup {
  readonly level: Subject['level'];
  /** Below the mount. */
  readonly path: string;
  readonly labels: string;
}

/** What came of a scrape. */
export interface Scraped {
  /** The whole exposition. */
  readonly text: Buffer;
  /** Samples as they are exported, in order. */
  readonly lines: readonly string[];
  /** Failed reads, by `collector code`. */
  readonly errors: Readonly<Record<string, number>>;
  readonly notices: Snapshot['notices'];
  readonly counts: CgroupCounts;
  readonly cgroups: readonly ScrapedCgroup[];
}

/** Scrapes a node without a process of its own, with every collector on. */
export class NodeScraper {
  readonly reader: FileReader;
  readonly #node: OpenNode;
  readonly #view: NativeView;

  constructor({ cgroup, procfs = '/proc', sysfs = '/sys', rootfs = '/', index, reader }: ScrapedNode) {
    this.reader = reader ?? new FileReader({ maxCachedDescriptors: 4096 });
    this.#node = openNode({
      paths: { procfs, sysfs, rootfs, cgroup },
      collectors,
      interfaces: /^.*$/,
      storage: STORAGE,
      reader: this.reader,
      ...(index === undefined ? {} : { index }),
    });
    this.#view = new NativeView(this.#node.plan);
  }

  /** One complete scrape without a deadline. */
  async scrape(): Promise<Scraped> {
    const { scraper } = this.#node;
    const wanted = new Set(collectors.map(({ name }) => name));
    const builder = scraper.builder();
    const snapshot = await scraper.scrape(builder, wanted, { at: Number.POSITIVE_INFINITY });
    const writer = new ExpositionWriter('text', new PagePool());
    await this.#view.write(snapshot, wanted, writer, new TimeSlice());
    const text = Buffer.concat(writer.finish());
    const scraped: Scraped = {
      text,
      lines: text
        .toString()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#')),
      errors: errorsOf(snapshot),
      notices: snapshot.notices,
      counts: snapshot.counts,
      cgroups: cgroupsOf(snapshot),
    };
    scraper.recycle(builder);
    return scraped;
  }

  /** Closes what it keeps open. */
  close(): void {
    this.reader.close();
  }
}

function errorsOf({ errors }: Snapshot): Readonly<Record<string, number>> {
  const counts = [...errors].flatMap(([collector, codes]) =>
    [...codes].map(([code, count]) => [`${collector} ${code}`, count] as const),
  );
  return Object.fromEntries(counts);
}

function cgroupsOf({ subjects }: Snapshot): readonly ScrapedCgroup[] {
  return [...subjects.container, ...subjects.pod, ...subjects.cgroup].map(({ level, path, labels }) => ({
    level,
    path,
    labels: ExpositionWriter.labels(labels).toString(),
  }));
}

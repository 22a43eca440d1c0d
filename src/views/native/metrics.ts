import type { Yielder } from '../../base/yielder.ts';
import { PagePool } from '../../exposition/page-pool.ts';
import {
  CONTENT_TYPES,
  ExpositionWriter,
  type ExpositionFormat,
  type FamilyMetadata,
} from '../../exposition/writer.ts';
import type { Outcome, Snapshot } from '../../snapshot/snapshot.ts';
import { Flushing, type Output } from '../flushing.ts';
import type { NativeView } from './native.ts';

/** A family about the exporter itself. */
export interface OwnFamily extends FamilyMetadata {
  readonly samples: readonly {
    readonly name: string;
    readonly labels: readonly (readonly [name: string, value: string])[];
    readonly value: number;
  }[];
}

/** What is said about the answer in the answer itself. */
export interface Answer {
  readonly outcomes: readonly (Omit<Outcome, 'seconds'> & { readonly seconds?: number })[];
  readonly series: ReadonlyMap<string, number>;
  readonly cgroups: Readonly<Record<string, number>>;
}

/** Gives the families about the exporter itself, for one answer. */
export type OwnFamilies = (answer: Answer) => Promise<readonly OwnFamily[]>;

/** Formats of `/metrics`. */
export type MetricsFormat = ExpositionFormat;

/** The whole of `/metrics`: the node's series, then those about the exporter itself. */
export class MetricsView {
  readonly #pool = new PagePool();
  readonly #native: NativeView;
  readonly #own: OwnFamilies;

  constructor(native: NativeView, own: OwnFamilies) {
    this.#native = native;
    this.#own = own;
  }

  /** The header Content-Type of a format. */
  contentType(format: MetricsFormat): string {
    return CONTENT_TYPES[format];
  }

  /**
   * Writes what `snapshot` has of the collectors in `wanted`, piece after piece, so that the whole text is never in
   * memory. Returns how many series of the node there were, those about the exporter itself left out.
   *
   * @throws whatever `output` throws.
   */
  async write(
    snapshot: Snapshot,
    request: { readonly wanted: ReadonlySet<string>; readonly format: MetricsFormat },
    output: Output,
    yielder: Yielder,
  ): Promise<number> {
    const writer = new ExpositionWriter(request.format, this.#pool);
    try {
      const series = await this.#write(
        snapshot,
        request.wanted,
        writer,
        new Flushing(writer, this.#pool, output, yielder),
      );
      for (const page of writer.finish()) await output.send(page);
      return series;
    } finally {
      writer.release();
    }
  }

  async #write(
    snapshot: Snapshot,
    wanted: ReadonlySet<string>,
    writer: ExpositionWriter,
    yielder: Yielder,
  ): Promise<number> {
    const series = await this.#native.write(snapshot, wanted, writer, yielder);
    const outcomes = [...wanted].map(
      (collector) =>
        snapshot.outcomes.find((outcome) => outcome.collector === collector) ?? { collector, success: false },
    );
    const families = await this.#own({ outcomes, series, cgroups: snapshot.walked ? { ...snapshot.counts } : {} });
    for (const family of families) writeFamily(family, writer);
    return [...series.values()].reduce((sum, count) => sum + count, 0);
  }
}

function writeFamily(family: OwnFamily, writer: ExpositionWriter): void {
  if (family.samples.length === 0) return;
  writer.raw(ExpositionWriter.head(family, writer.format));
  for (const { name, labels, value } of family.samples) {
    writer.sample(Buffer.from(name), ExpositionWriter.labels(labels), undefined, value);
  }
}

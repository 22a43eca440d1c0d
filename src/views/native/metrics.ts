import type { Yielder } from '../../base/yielder.ts';
import { PagePool } from '../../exposition/page-pool.ts';
import {
  CONTENT_TYPES,
  ExpositionWriter,
  type ExpositionFormat,
  type FamilyMetadata,
} from '../../exposition/writer.ts';
import type { Outcome, Snapshot } from '../../snapshot/snapshot.ts';
import type { Output, SnapshotAnswer } from '../endpoint.ts';
import { sendExposition } from '../exposition-answer.ts';
import type { NativeView } from './native.ts';

/** A family about the exporter itself. */
export interface OwnFamily extends FamilyMetadata {
  readonly samples: readonly {
    readonly name: string;
    readonly labels: readonly (readonly [name: string, value: string])[];
    readonly value: number;
  }[];
}

/** Facts about an answer that are part of it. */
export interface AnswerFacts {
  readonly outcomes: readonly (Omit<Outcome, 'seconds'> & { readonly seconds?: number })[];
  readonly series: ReadonlyMap<string, number>;
  readonly cgroups: Readonly<Record<string, number>>;
  readonly missing?: { readonly pods: number; readonly containers: number };
}

/** Gives the families about the exporter itself, for one answer. */
export type OwnFamilies = (answer: AnswerFacts) => Promise<readonly OwnFamily[]>;

/** An answer of `/metrics`. */
export interface MetricsAnswer extends SnapshotAnswer {
  /** Resolves with the number of the node's series, those about the exporter itself excluded. */
  write(snapshot: Snapshot, output: Output): Promise<number>;
}

/** The whole of `/metrics`: the node's series, then those about the exporter itself. */
export class MetricsView {
  readonly #pool = new PagePool();
  readonly #native: NativeView;
  readonly #own: OwnFamilies;

  constructor(native: NativeView, own: OwnFamilies) {
    this.#native = native;
    this.#own = own;
  }

  /** The answer with the series of `collectors`. */
  answer(collectors: ReadonlySet<string>, format: ExpositionFormat): MetricsAnswer {
    return {
      kind: 'snapshot',
      collectors,
      contentType: CONTENT_TYPES[format],
      vary: 'Accept',
      write: (snapshot, output) =>
        sendExposition({ pool: this.#pool, format }, output, (writer, yielder) =>
          this.#write(snapshot, collectors, writer, yielder),
        ),
    };
  }

  async #write(
    snapshot: Snapshot,
    collectors: ReadonlySet<string>,
    writer: ExpositionWriter,
    yielder: Yielder,
  ): Promise<number> {
    const series = await this.#native.write(snapshot, collectors, writer, yielder);
    const outcomes = [...collectors].map(
      (collector) =>
        snapshot.outcomes.find((outcome) => outcome.collector === collector) ?? { collector, success: false },
    );
    const { walked, counts, missing } = snapshot;
    const lengths = missing && { pods: missing.pods.length, containers: missing.containers.length };
    const families = await this.#own({
      outcomes,
      series,
      cgroups: walked ? { ...counts } : {},
      ...(lengths === undefined ? {} : { missing: lengths }),
    });
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

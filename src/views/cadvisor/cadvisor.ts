import type { Yielder } from '../../base/yielder.ts';
import { PagePool } from '../../exposition/page-pool.ts';
import { CONTENT_TYPES, ExpositionWriter } from '../../exposition/writer.ts';
import type { CadvisorFamily } from '../../metrics/cadvisor/family.ts';
import { cadvisorNetwork } from '../../metrics/cadvisor/network.ts';
import { cadvisorFamilies, cadvisorWanted } from '../../metrics/cadvisor/collectors.ts';
import type { CollectorName } from '../../metrics/index.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { DeviceFamily } from './devices.ts';
import { InterfaceFamily } from './interfaces.ts';
import { MachineText } from './machine.ts';
import { NumberFamily, type Writing } from './numbers.ts';
import { RowLabels } from './rows.ts';
import { Flushing, type Output } from '../flushing.ts';

export interface CadvisorOptions {
  /** Families that the kubelet fills with zeros are written as well. */
  readonly zeros: boolean;
  /** The image of sandboxes: queries tell by `image!=""` containers and sandboxes from pods. */
  readonly pauseImage: string;
  /** Pods on the node's network repeat the node's interfaces under their names. */
  readonly hostNetwork: boolean;
  /** What we are called. */
  readonly version: string;
}

/** Something that writes one family, and returns how many series it has. */
interface FamilyWriter {
  write(writing: Writing): number;
}

/** The kubelet's `/metrics/cadvisor`: the same families, labels and rows, for those who query by them. Text 0.0.4 only. */
export class CadvisorView {
  readonly contentType = CONTENT_TYPES.text;
  /** The collectors of which it is made. */
  readonly wanted: ReadonlySet<CollectorName>;
  readonly #pool = new PagePool();
  readonly #options: CadvisorOptions;
  readonly #labels: RowLabels;
  readonly #machine: MachineText;
  readonly #timeless: readonly FamilyWriter[];
  readonly #measured: readonly FamilyWriter[];

  constructor(plan: Plan, options: CadvisorOptions) {
    // Who does not want file systems to be asked does not want it here either.
    this.wanted = new Set(plan.collectors.map(({ name }) => name).filter((name) => cadvisorWanted.has(name)));
    this.#options = options;
    this.#labels = new RowLabels(options.pauseImage);
    this.#machine = new MachineText(plan, options);
    const writerOf = (family: CadvisorFamily): FamilyWriter =>
      family.by?.includes('device') === true ? new DeviceFamily(family, plan) : new NumberFamily(family, plan);
    this.#timeless = cadvisorFamilies.filter(({ timeless }) => timeless === true).map(writerOf);
    this.#measured = [
      ...cadvisorFamilies.filter(({ timeless }) => timeless !== true).map(writerOf),
      ...cadvisorNetwork.map((family) => new InterfaceFamily(family, plan, options.hostNetwork)),
    ];
  }

  /**
   * Writes what `snapshot` has, piece after piece, with or without explicit timestamps on what was measured.
   *
   * @throws whatever `output` throws.
   */
  async write(
    snapshot: Snapshot,
    { timestamps }: { readonly timestamps: boolean },
    output: Output,
    yielder: Yielder,
  ): Promise<void> {
    const writer = new ExpositionWriter('text', this.#pool);
    const flushing = new Flushing(writer, this.#pool, output, yielder);
    try {
      const failed = [...this.wanted].some((collector) => !snapshot.succeeded(collector));
      this.#machine.write({ snapshot, writer, failed });
      await this.#families(this.#timeless, { snapshot, writer }, flushing);
      writer.setTimestamp(timestamps ? snapshot.time * 1000 : undefined);
      await this.#families(this.#measured, { snapshot, writer }, flushing);
      for (const page of writer.finish()) await output.send(page);
    } finally {
      writer.release();
    }
  }

  async #families(families: readonly FamilyWriter[], { snapshot, writer }: Scene, yielder: Yielder): Promise<void> {
    if (!snapshot.walked) return;
    const writing = { snapshot, rows: this.#labels.rows(snapshot), writer, zeros: this.#options.zeros };
    for (const family of families) {
      if (yielder.shouldYield) await yielder.yield();
      family.write(writing);
    }
  }
}

interface Scene {
  readonly snapshot: Snapshot;
  readonly writer: ExpositionWriter;
}

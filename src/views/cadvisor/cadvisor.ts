import type { Yielder } from '../../base/yielder.ts';
import { PagePool } from '../../exposition/page-pool.ts';
import { CONTENT_TYPES, type ExpositionWriter } from '../../exposition/writer.ts';
import type { CadvisorFamily } from './family.ts';
import { cadvisorNetwork } from './network-families.ts';
import { cadvisorCollectorNames } from '../../metrics/cadvisor/collectors.ts';
import { cadvisorFamilies } from './families.ts';
import type { CollectorName } from '../../metrics/index.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { DeviceFamily } from './devices.ts';
import { InterfaceFamily } from './interfaces.ts';
import { MachineText } from './machine.ts';
import { NumberFamily, type Writing } from './numbers.ts';
import { RowLabels } from './rows.ts';
import type { CompatOptions } from '../endpoint-definition.ts';
import type { SnapshotAnswer } from '../endpoint.ts';
import { sendExposition } from '../exposition-answer.ts';

/** Something that writes one family, and returns how many series it has. */
interface FamilyWriter {
  write(writing: Writing): number;
}

/** What the view is made with. */
export interface CadvisorParts {
  readonly plan: Plan;
  readonly compat: CompatOptions;
  /** The exporter's. */
  readonly version: string;
}

/** The series of the kubelet's cAdvisor: the same families, labels and rows, for existing queries. Text 0.0.4 only. */
export class CadvisorView {
  readonly #collectors: ReadonlySet<CollectorName>;
  readonly #pool = new PagePool();
  readonly #compat: CompatOptions;
  readonly #labels: RowLabels;
  readonly #machine: MachineText;
  readonly #timeless: readonly FamilyWriter[];
  readonly #measured: readonly FamilyWriter[];

  constructor({ plan, compat, version }: CadvisorParts) {
    // A collector that the plan lacks is disabled: file systems are not queried for this view either.
    this.#collectors = new Set(
      plan.collectors.map(({ name }) => name).filter((name) => cadvisorCollectorNames.has(name)),
    );
    this.#compat = compat;
    this.#labels = new RowLabels(compat.pauseImage);
    this.#machine = new MachineText(plan, { zeros: compat.zeros, version });
    const writerOf = (family: CadvisorFamily): FamilyWriter =>
      family.by?.includes('device') === true ? new DeviceFamily(family, plan) : new NumberFamily(family, plan);
    const families = cadvisorFamilies.filter(({ until = Infinity }) => compat.kubeletMinor < until);
    this.#timeless = families.filter(({ timeless }) => timeless === true).map(writerOf);
    this.#measured = [
      ...families.filter(({ timeless }) => timeless !== true).map(writerOf),
      ...cadvisorNetwork.map((family) => new InterfaceFamily(family, plan, compat.hostNetwork)),
    ];
  }

  /** The answer with or without explicit timestamps on measurements. */
  answer({ timestamps }: { readonly timestamps: boolean }): SnapshotAnswer {
    return {
      kind: 'snapshot',
      collectors: this.#collectors,
      contentType: CONTENT_TYPES.text,
      write: (snapshot, output) =>
        sendExposition({ pool: this.#pool, format: 'text' }, output, async (writer, yielder) => {
          // A collector that can see nothing, without a mount or a right, has read everything that it can.
          const failed = [...this.#collectors].some((name) => !snapshot.succeeded(name) && !snapshot.blind.has(name));
          this.#machine.write({ snapshot, writer, failed });
          await this.#families(this.#timeless, { snapshot, writer }, yielder);
          writer.setTimestamp(timestamps ? snapshot.time * 1000 : undefined);
          await this.#families(this.#measured, { snapshot, writer }, yielder);
        }),
    };
  }

  async #families(families: readonly FamilyWriter[], { snapshot, writer }: Scene, yielder: Yielder): Promise<void> {
    if (!snapshot.walked) return;
    const writing = { snapshot, rows: this.#labels.rows(snapshot), writer, zeros: this.#compat.zeros };
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

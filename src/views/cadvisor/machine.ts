import { ExpositionWriter, type FamilyMetadata } from '../../exposition/writer.ts';
import { machineZeros, scrapeErrors, versionInfo } from './machine-families.ts';
import { MACHINE, MACHINE_ALONE } from '../../metrics/cadvisor/collectors.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Entry, Snapshot } from '../../snapshot/snapshot.ts';

type Labels = Entry['labels'];

/** What the families about the machine are written from. */
export interface MachineScene {
  readonly snapshot: Snapshot;
  readonly writer: ExpositionWriter;
  /** Some cgroups could not be read in time. */
  readonly failed: boolean;
}

/** Families that are not about cgroups. */
export class MachineText {
  readonly #rows: Plan['tables'];
  readonly #version: string;
  readonly #zeros: boolean;

  constructor(plan: Plan, { version, zeros }: { readonly version: string; readonly zeros: boolean }) {
    // Rows with labels are about what the machine runs, not about its size.
    this.#rows = plan.tables.filter(
      ({ collector, row }) => collector === MACHINE_ALONE || (collector === MACHINE && row.by === undefined),
    );
    this.#version = version;
    this.#zeros = zeros;
  }

  write({ snapshot, writer, failed }: MachineScene): void {
    const entry = (table: 'hardware' | 'machine_info'): Labels => snapshot.tables.get(table)?.[0]?.labels ?? [];
    family(versionInfo, [{ labels: this.#versions(entry('machine_info')), value: 1 }], writer);
    const machineFailed = ![MACHINE, MACHINE_ALONE].every((collector) => snapshot.succeeded(collector));
    family(scrapeErrors.container, [{ labels: [], value: Number(failed) }], writer);
    family(scrapeErrors.machine, [{ labels: [], value: Number(machineFailed) }], writer);
    const identity = entry('hardware');
    for (const { row } of this.#rows) {
      const samples = (snapshot.tables.get(row.table) ?? []).flatMap(({ labels, numbers }) => {
        const value = numbers[row.key];
        return value === undefined ? [] : [{ labels: labels === identity ? labels : [...identity, ...labels], value }];
      });
      family(row, samples, writer);
    }
    if (!this.#zeros || machineFailed) return;
    for (const { label, values, ...head } of machineZeros) {
      const samples = values.map((value) => ({
        labels: label === '' ? identity : [...identity, [label, value] as const],
        value: 0,
      }));
      family(head, samples, writer);
    }
  }

  #versions(machine: Labels): Labels {
    const of = (name: string): string => machine.find(([label]) => label === name)?.[1] ?? '';
    return [
      ['kernelVersion', of('kernel_version')],
      ['osVersion', of('os_image')],
      ['dockerVersion', ''],
      ['cadvisorVersion', this.#version],
      ['cadvisorRevision', ''],
    ];
  }
}

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

function family(head: FamilyMetadata, samples: readonly Sample[], writer: ExpositionWriter): void {
  if (samples.length === 0) return;
  writer.raw(ExpositionWriter.head(head, 'text'));
  const name = Buffer.from(head.name);
  for (const { labels, value } of samples) writer.sample(name, ExpositionWriter.labels(labels), undefined, value);
}

import { ExpositionWriter } from '../exposition/writer.ts';
import type { CadvisorFamily } from '../metrics/cadvisor-family.ts';
import type { FamilyPlan, Plan } from '../scrape/plan.ts';
import { familyOf, type Writing } from './cadvisor-numbers.ts';
import { ROW_LEVELS, type RowLevel } from './cadvisor-rows.ts';
import { cached, FamilyText, samplesOf } from './cadvisor-samples.ts';

interface DeviceSource {
  readonly labels: readonly string[];
  readonly lists: readonly (readonly [level: RowLevel, list: FamilyPlan])[];
  /** Labels by name and number of the device. */
  readonly bytes: Map<string, Buffer>;
}

/** A family with a label for a block device. */
export class DeviceFamily {
  readonly #text: FamilyText;
  readonly #by: readonly string[];
  readonly #sources: readonly DeviceSource[];

  constructor(family: CadvisorFamily, plan: Plan) {
    this.#text = new FamilyText(family);
    this.#by = family.by ?? [];
    this.#sources = family.from.map(({ row = '', labels = [] }) => ({
      labels,
      lists: ROW_LEVELS.flatMap((level) => {
        const list = familyOf(plan, `${level}_${row}`);
        return list === undefined ? [] : [[level, list] as const];
      }),
      bytes: new Map<string, Buffer>(),
    }));
  }

  /** Writes it; returns how many series it has. */
  write(writing: Writing): number {
    let written = 0;
    for (const { labels, lists, bytes } of this.#sources) {
      for (const [level, list] of lists) {
        for (const sample of samplesOf(list, writing, writing.rows[level].labels)) {
          const number = writing.snapshot.devices.get(sample.name) ?? '';
          const more = cached(bytes, `${sample.name} ${number}`, () => this.#labels(labels, sample.name, number));
          this.#text.sample(writing.writer, written++, sample, more);
        }
      }
    }
    return written;
  }

  /** The labels besides those of the subject: constant ones, then those of the device, by its number if it has no name. */
  #labels(constants: readonly string[], name: string, number: string): Buffer {
    const [major = '', minor = ''] = (number === '' ? name : number).split(':');
    const values = [...constants, number === '' ? name : `/dev/${name}`, major, minor];
    return ExpositionWriter.labels(this.#by.map((label, at) => [label, values[at] ?? '']));
  }
}

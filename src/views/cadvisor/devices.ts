import { ExpositionWriter } from '../../exposition/writer.ts';
import type { CadvisorFamily, CadvisorSource } from './family.ts';
import type { TableKeys } from '../../metrics/table.ts';
import type { FamilyPlan, Plan } from '../../plan/plan.ts';
import { familyOf, type Writing } from './numbers.ts';
import { ROW_LEVELS, type RowLevel } from './rows.ts';
import { cached, FamilyText, samplesOf, type ListSample } from './samples.ts';

/** A device without a name is identified by its number. */
const NUMBER = /^\d+:\d+$/;

interface DeviceSource {
  readonly labels: readonly string[];
  readonly disk: CadvisorSource['disk'];
  readonly filesystem: CadvisorSource['filesystem'];
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
    this.#sources = family.from.map(({ row = '', labels = [], disk, filesystem }) => ({
      labels,
      disk,
      filesystem,
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
    for (const source of this.#sources) {
      const { labels, bytes } = source;
      for (const sample of samplesFor(source, writing)) {
        const number = writing.snapshot.devices.get(sample.name) ?? '';
        const more = cached(bytes, `${sample.name} ${number}`, () => this.#labels(labels, sample.name, number));
        this.#text.sample(writing.writer, written++, sample, more);
      }
    }
    return written;
  }

  /** The labels besides those of the subject: constants, then those of the device; its number if it has no name. */
  #labels(constants: readonly string[], name: string, number: string): Buffer {
    const isNumber = NUMBER.test(name);
    const [major = '', minor = ''] = (isNumber ? name : number).split(':');
    const device = isNumber || name.startsWith('/') ? name : `/dev/${name}`;
    const values = [...constants, device, major, minor];
    return ExpositionWriter.labels(this.#by.map((label, at) => [label, values[at] ?? '']));
  }
}

/** The samples of every cgroup; for the root, those of the machine's disks where there are such. */
function* samplesFor({ lists, disk, filesystem }: DeviceSource, writing: Writing): Generator<ListSample> {
  const { node } = writing.rows;
  const root = node.subjects.findIndex(({ path }) => path === '/');
  for (const [level, list] of lists) {
    const { labels } = writing.rows[level];
    yield* samplesOf(list, writing, level === 'node' && disk !== undefined ? labels.with(root, undefined) : labels);
  }
  const label = node.labels[root];
  if (label === undefined) return;
  if (disk !== undefined) yield* diskSamples(disk, label, writing);
  if (filesystem !== undefined) yield* filesystemSamples(filesystem, label, writing);
}

function* diskSamples(
  { key, divisor = 1 }: NonNullable<DeviceSource['disk']>,
  label: Buffer,
  { snapshot }: Writing,
): Generator<ListSample> {
  for (const { labels, numbers } of snapshot.tables.get('disk') ?? []) {
    const [[, name] = ['', '']] = labels;
    const value = numbers[key];
    if (value !== undefined && !Number.isNaN(value)) yield { label, name, value: value / divisor };
  }
}

/** A device may be mounted several times; a mount without a device is named by its mount point, as in the kubelet. */
function* filesystemSamples(key: TableKeys['filesystem'], label: Buffer, { snapshot }: Writing): Generator<ListSample> {
  const seen = new Set<string>();
  for (const { labels, numbers } of snapshot.tables.get('filesystem') ?? []) {
    const { device = '', mountpoint = '' } = Object.fromEntries(labels) as { device?: string; mountpoint?: string };
    const name = device.startsWith('/') ? device : mountpoint;
    const value = numbers[key];
    if (value === undefined || seen.has(name)) continue;
    seen.add(name);
    yield { label, name, value };
  }
}

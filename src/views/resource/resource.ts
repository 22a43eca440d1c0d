import { PagePool } from '../../exposition/page-pool.ts';
import { CONTENT_TYPES, ExpositionWriter, type FamilyMetadata } from '../../exposition/writer.ts';
import type { CollectorName } from '../../metrics/index.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Labels, Subject } from '../../snapshot/subject.ts';
import type { Output, SnapshotAnswer } from '../endpoint.ts';
import { sendExposition } from '../exposition-answer.ts';
import { LevelNumbers } from '../level-numbers.ts';
import { RESOURCE_COLLECTORS, RESOURCE_FAMILIES, SCRAPE_ERROR, type ResourceFamily } from './families.ts';
import { runningPods } from '../running-pods.ts';

type Numbers = LevelNumbers<ResourceFamily['level']>;

type Levels<T> = Readonly<Record<ResourceFamily['level'], T>>;

interface Prepared {
  readonly head: Buffer;
  readonly name: Buffer;
}

/** What is shown of a snapshot. */
interface Scene {
  readonly snapshot: Snapshot;
  readonly numbers: Levels<Numbers>;
  /** Positions of the subjects that have series. */
  readonly shown: Levels<readonly number[]>;
}

const NO_LABELS = Buffer.alloc(0);

/** The kubelet's resource metrics, as metrics-server and Prometheus expect them; text 0.0.4 only. */
export class ResourceView implements SnapshotAnswer {
  readonly kind = 'snapshot';
  readonly contentType = CONTENT_TYPES.text;
  readonly collectors: ReadonlySet<CollectorName> = new Set(RESOURCE_COLLECTORS);
  readonly #pool = new PagePool();
  readonly #prepared = new Map([...RESOURCE_FAMILIES, SCRAPE_ERROR].map((family) => [family, prepare(family)]));
  readonly #labels = new WeakMap<Labels, Buffer>();

  write(snapshot: Snapshot, output: Output): Promise<void> {
    const failed = [...this.collectors].some((collector) => !snapshot.succeeded(collector));
    const scene = sceneOf(snapshot);
    return sendExposition({ pool: this.#pool, format: 'text' }, output, async (writer, yielder) => {
      for (const family of RESOURCE_FAMILIES) {
        if (yielder.shouldYield) await yielder.yield();
        this.#family(family, scene, writer);
      }
      writer.setTimestamp(undefined);
      this.#sample(SCRAPE_ERROR, 0, NO_LABELS, { writer, value: Number(failed) });
    });
  }

  /**
   * Timestamps are those of the reading, on the clock by which containers have their start times: metrics-server
   * divides CPU time by their differences and holds both against each other. For it the last timestamp of a container
   * counts, so that its memory has that of its CPU time. A start time is true at any time and has none.
   */
  #family(family: ResourceFamily, scene: Scene, writer: ExpositionWriter): void {
    const { level, from } = family;
    const subjects = scene.snapshot.subjects[level];
    const read = scene.snapshot.readAt(level === 'node' ? 'node-cpu' : 'cpu');
    writer.setTimestamp(from === 'start' ? undefined : read * 1000);
    let written = 0;
    for (const position of scene.shown[level]) {
      const subject = subjects[position] as Subject;
      const value = valueOf(family, subject, scene.numbers[level], position);
      if (Number.isNaN(value)) continue;
      this.#sample(family, written++, level === 'node' ? NO_LABELS : this.#labelsOf(subject), { writer, value });
    }
  }

  #sample(
    family: FamilyMetadata,
    before: number,
    labels: Buffer,
    to: { writer: ExpositionWriter; value: number },
  ): void {
    const { head, name } = this.#prepared.get(family) as Prepared;
    if (before === 0) to.writer.raw(head);
    to.writer.sample(name, labels, undefined, to.value);
  }

  #labelsOf({ labels }: Subject): Buffer {
    const known = this.#labels.get(labels);
    if (known !== undefined) return known;
    const made = ExpositionWriter.labels(labels.toSorted(([left], [right]) => (left < right ? -1 : 1)));
    this.#labels.set(labels, made);
    return made;
  }
}

function prepare(family: FamilyMetadata): Prepared {
  return { head: ExpositionWriter.head(family, 'text'), name: Buffer.from(family.name) };
}

function sceneOf(snapshot: Snapshot): Scene {
  const numbersOf = (level: ResourceFamily['level']): Numbers => new LevelNumbers(snapshot, level);
  const numbers = { container: numbersOf('container'), pod: numbersOf('pod'), node: numbersOf('node') };
  const pods = runningPods(snapshot);
  const shown = {
    container: pods.flatMap(({ containers }) => containers.filter((position) => counts(numbers.container, position))),
    pod: pods.map(({ position }) => position),
    node: snapshot.walked ? [0] : [],
  };
  return { snapshot, numbers, shown };
}

/**
 * metrics-server drops the whole pod of a container that has no CPU time or no memory, be it that only its start time is
 * there, and shows the pod without the container if all of its series are missing (0.9, pkg/scraper/client/resource).
 * So a container has all of its series, or none before its first tick, when it reads 0.
 */
function counts(numbers: Numbers, position: number): boolean {
  return numbers.get('cpu_usage_seconds_total', position) > 0 && memoryOf(numbers, position) > 0;
}

/**
 * The first that is above 0. The kernel updates memory.stat later than memory.current, so that the inactive page cache can
 * exceed the usage; the working set is then 0, for which metrics-server would drop the pod of a container that runs.
 * Anonymous and kernel memory are parts of the working set.
 */
const MEMORY = ['memory_working_set_bytes', 'memory_rss', 'memory_kernel_bytes', 'memory_usage_bytes'] as const;

/** 0 if none is, NaN if the working set could not be read. */
function memoryOf(numbers: Numbers, position: number): number {
  if (Number.isNaN(numbers.get(MEMORY[0], position))) return Number.NaN;
  return MEMORY.map((row) => numbers.get(row, position)).find((bytes) => bytes > 0) ?? 0;
}

function valueOf({ from }: ResourceFamily, { container }: Subject, numbers: Numbers, position: number): number {
  if (from === 'start') return container?.startedAt ?? Number.NaN;
  if (from === 'memory') return memoryOf(numbers, position);
  return from.rows.map((row) => numbers.get(row, position)).find((value) => !Number.isNaN(value)) ?? Number.NaN;
}

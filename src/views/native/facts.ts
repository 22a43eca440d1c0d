import { formatLabels } from '../../exposition/escape.ts';
import { ExpositionWriter, type ExpositionFormat } from '../../exposition/writer.ts';
import type { ContainerFact, FactRow, FactSample } from '../../metrics/row.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Labels, Subject } from '../../snapshot/subject.ts';

type Pod = NonNullable<Subject['pod']>;
type Container = NonNullable<Subject['container']>;
type Outside = NonNullable<Subject['outside']>;

/** What lines of facts are made of: of a container outside of pods its subject, whose labels depend on other containers. */
type Source = Pod | Container | Subject;

/** A fact with its lines in the cache. */
export interface PreparedFact {
  readonly collector: string;
  readonly row: FactRow;
  readonly head: Readonly<Record<ExpositionFormat, Buffer>>;
  /** Lines by what they were made of. */
  readonly lines: WeakMap<Source, Rendered>;
}

interface Rendered {
  readonly text: Buffer;
  readonly series: number;
}

const NOTHING: Rendered = { text: Buffer.alloc(0), series: 0 };

/** The head of a family in each format. */
export function heads(family: Parameters<typeof ExpositionWriter.head>[0]): Record<ExpositionFormat, Buffer> {
  return { text: ExpositionWriter.head(family, 'text'), openmetrics: ExpositionWriter.head(family, 'openmetrics') };
}

/** Writes a fact of everything that has it; returns the number of series. */
export function writeFact(fact: PreparedFact, snapshot: Snapshot, writer: ExpositionWriter): number {
  let written = 0;
  const write = (rendered: Rendered): void => {
    if (rendered.series === 0) return;
    if (written === 0) writer.raw(fact.head[writer.format]);
    writer.raw(rendered.text);
    written += rendered.series;
  };
  for (const rendered of renderings(fact, snapshot)) write(rendered);
  return written;
}

/** The lines of a fact for every pod or container that has it. */
function* renderings(fact: PreparedFact, snapshot: Snapshot): Generator<Rendered> {
  const { row, lines } = fact;
  const running = row.of === 'container' && row.while === 'running';
  const level = running ? 'container' : 'pod';
  const gone = snapshot.gone[level];
  const subjects = snapshot.subjects[level];
  for (let position = 0; position < subjects.length; position++) {
    const subject = subjects[position] as Subject;
    const { labels, pod, container, outside } = subject;
    if (gone.has(position)) continue;
    if (outside !== undefined) yield* renderOutside(fact, subject, outside);
    if (pod === undefined) continue;
    if (row.of === 'pod') yield lines.get(pod) ?? render(fact, pod, labels, row.samples(pod));
    else yield* renderContainers(fact, container ?? pod.containers, labels, row);
  }
}

function* renderOutside(fact: PreparedFact, subject: Subject, outside: Outside): Generator<Rendered> {
  const { row, lines } = fact;
  if (row.of !== 'container' || row.outside === undefined) return;
  yield lines.get(subject) ?? render(fact, subject, subject.labels, row.outside.samples(outside));
}

/** A running container has labels of its own; other containers get the labels of the pod and their name. */
function* renderContainers(
  fact: PreparedFact,
  containers: Container | readonly Container[],
  labels: Labels,
  row: ContainerFact,
): Generator<Rendered> {
  if ('name' in containers) {
    yield fact.lines.get(containers) ?? render(fact, containers, labels, row.samples(containers));
    return;
  }
  for (const known of containers) yield fact.lines.get(known) ?? renderKnown(fact, known, labels, row);
}

function renderKnown(fact: PreparedFact, container: Container, pod: Labels, row: ContainerFact): Rendered {
  return render(fact, container, [...pod, ['container', container.name]], row.samples(container));
}

function render(fact: PreparedFact, record: Source, labels: Labels, samples: readonly FactSample[]): Rendered {
  const rendered = samples.length === 0 ? NOTHING : linesOf(fact.row.name, labels, samples);
  fact.lines.set(record, rendered);
  return rendered;
}

function linesOf(name: string, labels: Labels, samples: readonly FactSample[]): Rendered {
  return { text: Buffer.from(samples.map((sample) => line(name, labels, sample)).join('')), series: samples.length };
}

function line(name: string, labels: Labels, sample: FactSample): string {
  const more = Object.entries(sample.labels ?? {}).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [[key, value] as const],
  );
  return `${name}{${formatLabels([...labels, ...more])}} ${sample.value}\n`;
}

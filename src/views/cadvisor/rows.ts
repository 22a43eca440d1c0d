import { ExpositionWriter } from '../../exposition/writer.ts';
import type { Level } from '../../metrics/row.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Labels, Subject } from '../../snapshot/subject.ts';

/** The levels that have rows, in the order in which those of a family are written. */
export const ROW_LEVELS = ['container', 'sandbox', 'pod', 'node'] as const satisfies readonly Level[];

export type RowLevel = (typeof ROW_LEVELS)[number];

/** Subjects of one snapshot. At the position of a subject that has no row there are no labels. */
export interface Rows {
  readonly subjects: readonly Subject[];
  readonly labels: readonly (Buffer | undefined)[];
}

/** A cgroup of the node that the kubelet exports only if configured to. */
const RUNTIME = 'runtime';

/** With runtimes that name cgroups like this, the kubelet uses the container names of Docker. */
const LONG_NAMES = /\/(?:docker|crio)-[0-9a-f]{64}(?:\.scope)?$/;

/** The labels that the kubelet gives subjects; all six are always present, often empty. */
export class RowLabels {
  readonly #pauseImage: string;
  readonly #bytes = new WeakMap<Subject, Buffer>();

  constructor(pauseImage: string) {
    this.#pauseImage = pauseImage;
  }

  /** Everything in `snapshot` that has a row. */
  rows({ subjects, gone }: Snapshot): Readonly<Record<RowLevel, Rows>> {
    const rows = (level: RowLevel): Rows => ({
      subjects: subjects[level],
      labels: subjects[level].map((subject, position) =>
        gone[level].has(position) || !isShown(subject) ? undefined : this.#labelsOf(subject),
      ),
    });
    return { container: rows('container'), sandbox: rows('sandbox'), pod: rows('pod'), node: rows('node') };
  }

  #labelsOf(subject: Subject): Buffer {
    const known = this.#bytes.get(subject);
    if (known !== undefined) return known;
    const made = ExpositionWriter.labels(this.#identity(subject));
    this.#bytes.set(subject, made);
    return made;
  }

  #identity(subject: Subject): Labels {
    const { level, path, pod, outside } = subject;
    if (outside !== undefined) return outsideLabels(path, outside);
    // Without pod metadata only the path of the cgroup is known.
    if (pod === undefined) return sixLabels(['', path, '', '', '', '']);
    const { namespace, name } = pod;
    if (level === 'pod') return sixLabels(['', path, '', '', namespace, name]);
    const container = containerName(subject);
    const image = level === 'sandbox' ? this.#pauseImage : (subject.container?.image ?? '');
    return sixLabels([container, path, image, nameOf(subject, container, pod), namespace, name]);
  }
}

/** As cAdvisor labels a container of Docker or Podman; in the order of the names. */
function outsideLabels(path: string, { name = '', image = '', labels }: NonNullable<Subject['outside']>): Labels {
  const own = new Map<string, string>();
  for (const key of Object.keys(labels).toSorted()) {
    const label = `container_label_${key.replaceAll(/[^a-zA-Z0-9_]/g, '_')}`;
    if (!own.has(label)) own.set(label, labels[key] ?? '');
  }
  const [container = ['container', ''] as const, ...others] = sixLabels(['', path, image, name, '', '']);
  return [container, ...own, ...others];
}

function sixLabels(values: readonly [container: string, id: string, image: string, ...more: string[]]): Labels {
  return ['container', 'id', 'image', 'name', 'namespace', 'pod'].map((name, at) => [name, values[at] ?? '']);
}

function containerName({ level, path, container }: Subject): string {
  return container?.name ?? (level === 'sandbox' && LONG_NAMES.test(path) ? 'POD' : '');
}

function nameOf({ path, containerId, container }: Subject, name: string, pod: NonNullable<Subject['pod']>): string {
  if (!LONG_NAMES.test(path)) return containerId ?? '';
  return ['k8s', name, pod.name, pod.namespace, pod.configHash ?? pod.uid, container?.restarts ?? 0].join('_');
}

/** A pod without a cgroup of its own has no path, and cAdvisor shows cgroups alone. */
function isShown({ level, labels, path }: Subject): boolean {
  return path !== '' && !(level === 'node' && labels[0]?.[1] === RUNTIME);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cadvisorCollectorNames } from '../../src/metrics/cadvisor/collectors.ts';
import { CadvisorView } from '../../src/views/cadvisor/cadvisor.ts';
import { parseExposition, type Sample } from './exposition.ts';
import { withRecorded, type ComparedNode, type RecordedNode } from './recorded-node.ts';
import { writtenText } from './view-text.ts';

/** Rows of `/metrics/cadvisor` by name and sorted labels. */
export type CadvisorRows = ReadonlyMap<string, Sample>;

/** The kubelet's rows of a recorded node. */
export interface KubeletRows {
  readonly rows: CadvisorRows;
  /** Cgroups of containers whose names the kubelet had lost; they have the names of our rows. */
  readonly restored: ReadonlySet<string>;
}

/** Our rows of a recorded node; with `zeros` those too that the kubelet always has as 0. */
export async function ownRows(node: ComparedNode, zeros: boolean): Promise<CadvisorRows> {
  const [, minor] = node.kubelet.split('.');
  const compat = { zeros, kubeletMinor: Number(minor), pauseImage: pauseImage(node), hostNetwork: false };
  const text = await withRecorded(node, cadvisorCollectorNames, (snapshot, plan) => {
    const view = new CadvisorView({ plan, compat, version: 'test' });
    return writtenText(view.answer({ timestamps: false }), snapshot);
  });
  return byKey(parseExposition(text));
}

/** The kubelet's rows, fetched just before or just after the files were read. `own` names those without a name. */
export function kubeletRows(node: RecordedNode, when: 'before' | 'after', own: CadvisorRows): KubeletRows {
  const names = new Map<string, Sample['labels']>();
  for (const { labels } of own.values()) {
    const { id, container = '', image = '', name = '', namespace = '', pod = '' } = labels;
    if (id !== undefined && name !== '') names.set(id, { container, image, name, namespace, pod });
  }
  const restored = new Set<string>();
  const samples = recorded(node, when).map((sample) => {
    const { id = '', name } = sample.labels;
    const found = name === '' ? names.get(id) : undefined;
    if (found === undefined) return sample;
    restored.add(id);
    return { ...sample, labels: { ...sample.labels, ...found } };
  });
  return { rows: byKey(samples), restored };
}

/** What a row stands for. */
export function kindOf({ labels }: Sample): string {
  const { id, container, name, pod } = labels;
  if (id === undefined) return 'machine';
  if (id === '/') return 'root';
  if (container !== '') return 'container';
  if (name !== '') return 'sandbox';
  if (pod !== '') return 'pod';
  return id.endsWith('.scope') ? 'nameless' : 'slice';
}

/** A row in words: what it stands for and its family, and what else distinguishes it. */
export function inWords(sample: Sample): string {
  const { device = '', interface: network = '', operation = '', id = '', pod = '' } = sample.labels;
  return [kindOf(sample), sample.name, device, network, operation, id, pod].filter((word) => word !== '').join(' ');
}

function recorded({ folder }: RecordedNode, when: 'before' | 'after'): readonly Sample[] {
  return parseExposition(readFileSync(join(folder, 'kubelet', when, 'metrics_cadvisor.prom'), 'utf8'));
}

/** The image of sandboxes, which only the kubelet's rows have. */
function pauseImage(node: RecordedNode): string {
  const images = recorded(node, 'before').map(({ labels }) => labels['image'] ?? '');
  return images.find((image) => image.includes('pause')) ?? '';
}

function byKey(samples: readonly Sample[]): CadvisorRows {
  const rows = new Map<string, Sample>();
  for (const sample of samples) {
    const labels = Object.entries(sample.labels).toSorted(([left], [right]) => (left < right ? -1 : 1));
    const key = `${sample.name} ${JSON.stringify(labels)}`;
    if (rows.has(key)) throw new Error(`series twice: ${key}`);
    rows.set(key, sample);
  }
  return rows;
}

import { ExpositionWriter } from '../../exposition/writer.ts';
import type { CadvisorNetworkFamily } from './network-families.ts';
import type { FamilyPlan, Plan } from '../../plan/plan.ts';
import { familyOf, type Writing } from './numbers.ts';
import type { Rows } from './rows.ts';
import { cached, FamilyText, samplesOf, type Labels } from './samples.ts';

/** Interfaces that the kubelet excludes, by prefix. */
const EXCLUDED = /^(?:lo|veth|docker|nerdctl)/;

/** A family with a label for an interface. */
export class InterfaceFamily {
  readonly #text: FamilyText;
  readonly #pod: FamilyPlan | undefined;
  readonly #netns: FamilyPlan | undefined;
  readonly #node: FamilyPlan | undefined;
  readonly #hostNetwork: boolean;
  readonly #bytes = new Map<string, Buffer>();

  /** With `hostNetwork` pods on the node's network repeat the node's interfaces. */
  constructor(family: CadvisorNetworkFamily, plan: Plan, hostNetwork: boolean) {
    this.#text = new FamilyText(family);
    this.#pod = familyOf(plan, family.pod);
    this.#netns = familyOf(plan, family.netns);
    this.#node = familyOf(plan, family.node);
    this.#hostNetwork = hostNetwork;
  }

  /** Writes it; returns how many series it has. */
  write(writing: Writing): number {
    let written = 0;
    const write = (list: FamilyPlan | undefined, labels: Labels): void => {
      for (const sample of samplesOf(list, writing, labels)) {
        if (EXCLUDED.test(sample.name)) continue;
        const more = cached(this.#bytes, sample.name, () => ExpositionWriter.labels([['interface', sample.name]]));
        this.#text.sample(writing.writer, written++, sample, more);
      }
    };
    const { pod, sandbox, node } = writing.rows;
    const sandboxes = sandboxLabels(pod, sandbox);
    write(this.#pod, sandboxes);
    write(this.#netns, netnsLabels(writing));
    write(this.#node, node.labels);
    if (!this.#hostNetwork) return written;
    for (const [position, subject] of pod.subjects.entries()) {
      // Numbers of the machine are at the first position.
      if (subject.pod?.hostNetwork === true) write(this.#node, { 0: sandboxes[position] });
    }
    return written;
  }
}

/** The row with the network of each container outside of pods: that of the subject with the same labels. */
function netnsLabels({ snapshot, rows: { container } }: Writing): Labels {
  const { netns } = snapshot.subjects;
  if (netns.length === 0) return [];
  const byLabels = new Map(container.subjects.map(({ labels }, position) => [labels, container.labels[position]]));
  return netns.map(({ labels }) => byLabels.get(labels));
}

/** The row with the network of each pod: that of its sandbox, or its own without a sandbox. */
function sandboxLabels(pods: Rows, sandboxes: Rows): Labels {
  const positions = new Map(sandboxes.subjects.map((subject, position) => [subject, position]));
  return pods.subjects.map(({ sandbox }, position) => {
    const at = sandbox === undefined ? undefined : positions.get(sandbox);
    return (at === undefined ? undefined : sandboxes.labels[at]) ?? pods.labels[position];
  });
}

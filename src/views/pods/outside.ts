import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Labels, Subject } from '../../snapshot/subject.ts';
import { factsOf, OUTSIDE_FACTS } from './facts.ts';
import type { Sections } from './fields.ts';
import { WithRates, type DocumentParts } from './with-rates.ts';

/** The containers of a snapshot that belong to no pod. */
export class OutsideContainers {
  /** Positions among the containers of the snapshot, by name. */
  readonly positions: readonly number[];
  readonly #subjects: readonly Subject[];
  readonly #containers: WithRates;
  readonly #networks: WithRates;
  /** Positions of network namespaces; a container and its namespace have the same labels. */
  readonly #networkOf: ReadonlyMap<Labels, number>;

  constructor(snapshot: Snapshot, parts: DocumentParts) {
    const { subjects, gone } = snapshot;
    this.#subjects = subjects.container;
    this.#containers = new WithRates(snapshot, 'container', parts);
    this.#networks = new WithRates(snapshot, 'netns', parts);
    const networks = [...subjects.netns.entries()].filter(([position]) => !gone.netns.has(position));
    this.#networkOf = new Map(networks.map(([position, { labels }]) => [labels, position]));
    this.positions = [...subjects.container.keys()]
      .filter((position) => subjects.container[position]?.outside !== undefined && !gone.container.has(position))
      .toSorted((left, right) => (this.#nameOf(left) < this.#nameOf(right) ? -1 : 1));
  }

  /** The container at a position. */
  at(position: number): object {
    const { labels, outside } = this.#subjects[position] as Subject;
    const network = this.#networkOf.get(labels);
    const sections = this.#containers.at(position);
    const ofNetwork: Sections = network === undefined ? {} : this.#networks.at(network);
    const rates = { ...(ofNetwork['rates'] as object | undefined), ...(sections['rates'] as object | undefined) };
    return {
      ...(outside === undefined ? {} : factsOf(OUTSIDE_FACTS, outside)),
      name: this.#nameOf(position),
      ...sections,
      ...ofNetwork,
      ...(Object.keys(rates).length === 0 ? {} : { rates }),
    };
  }

  /** That of its series: the short ID if no engine reports the container. */
  #nameOf(position: number): string {
    return this.#subjects[position]?.labels[0]?.[1] ?? '';
  }
}

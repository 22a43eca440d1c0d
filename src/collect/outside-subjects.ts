import type { OutsideRecord } from '../engine/outside-record.ts';
import type { OutsideContainer } from '../node/outside-containers.ts';
import type { Labels, Subject } from '../snapshot/subject.ts';
import { nameOutside, SHORT_ID } from './naming.ts';
import type { TrackedCgroup } from './tracked-cgroups.ts';

const NO_LABELS: OutsideRecord['labels'] = Object.freeze({});

/** Names the containers outside of pods of one walk, so that no two have the same labels. */
export class OutsideSubjects {
  readonly #taken = new Set<string>();

  /** The subject of a container, of which no engine reports anything if `known` is absent. */
  subject(tracked: TrackedCgroup, container: OutsideContainer, known: OutsideRecord | undefined): Subject {
    const { subject } = tracked;
    const name = this.#take([known?.name ?? '', container.id.slice(0, SHORT_ID), container.id]);
    const isSame = subject?.outside !== undefined && (known ?? subject.outside) === subject.outside;
    if (isSame && subject.labels[0]?.[1] === name) return subject;
    const labels: Labels = [['container', name]];
    return nameOutside(tracked, container, labels, known ?? { id: container.id, labels: NO_LABELS });
  }

  /** The first name that is no other container's. */
  #take(names: readonly string[]): string {
    const name = names.find((each) => each !== '' && !this.#taken.has(each)) ?? '';
    this.#taken.add(name);
    return name;
  }
}

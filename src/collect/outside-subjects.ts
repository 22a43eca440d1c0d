import type { ContainerNames } from '../engine/engines.ts';
import type { OutsideRecord } from '../engine/outside-record.ts';
import type { OutsideContainer } from '../node/outside-containers.ts';
import type { Labels, Subject } from '../snapshot/subject.ts';
import { nameOutside, SHORT_ID } from './naming.ts';
import type { TrackedCgroup } from './tracked-cgroups.ts';

const NO_LABELS: OutsideRecord['labels'] = Object.freeze({});

interface NamedContainer {
  readonly container: OutsideContainer;
  readonly subject: Subject;
  readonly tracked: TrackedCgroup;
}

interface Known {
  readonly container: OutsideContainer;
  readonly record: OutsideRecord | undefined;
}

/**
 * Names the containers outside of pods of one walk, so that no two have the same labels. Of several with the same name the
 * newest one has it, since it may have replaced the others. Those whose name is expected are left out.
 */
export function nameOutsideContainers(
  containers: readonly OutsideContainer[],
  names: ContainerNames | undefined,
  track: (container: OutsideContainer) => TrackedCgroup,
): readonly NamedContainer[] {
  names?.retain(new Set(containers.map(({ id }) => id)));
  const known = containers.flatMap((container): Known[] => {
    const record = names?.find(container.id);
    return record === 'pending' ? [] : [{ container, record }];
  });
  const taken = new Set<string>();
  return known.toSorted(newestFirst).map(({ container, record }) => {
    const tracked = track(container);
    const name = take([record?.name ?? '', container.id.slice(0, SHORT_ID), container.id], taken);
    return { container, tracked, subject: subjectOf(tracked, container, name, record) };
  });
}

function newestFirst({ record: left }: Known, { record: right }: Known): number {
  return (right?.createdAt ?? 0) - (left?.createdAt ?? 0);
}

/** The first name that is no other container's. */
function take(names: readonly string[], taken: Set<string>): string {
  const name = names.find((each) => each !== '' && !taken.has(each)) ?? '';
  taken.add(name);
  return name;
}

function subjectOf(
  tracked: TrackedCgroup,
  container: OutsideContainer,
  name: string,
  record: OutsideRecord | undefined,
): Subject {
  const { subject } = tracked;
  const isSame = subject?.outside !== undefined && record === knownRecord(subject.outside);
  if (isSame && subject.labels[0]?.[1] === name) return subject;
  const labels: Labels = [['container', name]];
  return nameOutside(tracked, container, labels, record ?? { id: container.id, labels: NO_LABELS });
}

/** The record of an engine; `undefined` for one that was made here. */
function knownRecord(record: OutsideRecord): OutsideRecord | undefined {
  return record.labels === NO_LABELS ? undefined : record;
}

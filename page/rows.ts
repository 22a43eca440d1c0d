import type { ContainerObject, PodObject, PodsDocument } from './document.ts';
import type { NumberName, Recent, Source } from './source.ts';
import { NUMBERS } from './source.ts';
import type { HeldProblems } from './held-problems.ts';
import { aboutOf, shownPods } from './outside.ts';
import { byLevel, type Problem, problemsOf, severity } from './problems.ts';

/** A line of the table. */
export interface Row {
  readonly key: string;
  readonly source: Source;
  readonly namespace: string;
  readonly pod: string;
  /** Name of the container, or how many a pod has; the engine of a container outside of pods. */
  readonly container: string;
  readonly problems: readonly Problem[];
}

/** The lines of a pod: one if it has a single container, otherwise one for itself and one for each container. */
export interface Group {
  readonly key: string;
  readonly rows: readonly Row[];
}

/** What a table shows: pods, containers outside of pods, or both. */
export type Content = 'pods' | 'containers' | 'both';

/** What the page has seen before. */
export interface Past {
  /** What has increased while the page was watching, by the key of a row. */
  readonly recent: (key: string) => Recent;
  readonly held: HeldProblems;
}

/** How the table is sorted. */
export interface Order {
  readonly by: SortKey;
  readonly descending: boolean;
}

export type SortKey = 'problems' | 'namespace' | 'pod' | 'container' | NumberName;

/** Worst first. */
export const DEFAULT_ORDER: Order = { by: 'problems', descending: true };

/** The lines of every pod of a document, and of every container outside of pods. */
export function groupsOf(document: PodsDocument, past: Past): readonly Group[] {
  return shownPods(document).map((pod) => groupOf(pod, document.time_seconds, past));
}

function groupOf(pod: PodObject, time: number, past: Past): Group {
  const containers = pod.containers.filter(isShown);
  const [only] = containers;
  const ofPod = { pod, time, ofPod: true };
  const rows =
    containers.length === 1 && only !== undefined
      ? [rowOf({ ...ofPod, container: only }, past)]
      : [rowOf(ofPod, past), ...containers.map((container) => rowOf({ pod, time, container, ofPod: false }, past))];
  return { key: keyOfPod(pod), rows };
}

/** Pods also if there is nothing yet. */
export function contentOf(groups: readonly Group[]): Content {
  const outside = groups.filter(isOutside).length;
  if (outside === 0) return 'pods';
  return outside === groups.length ? 'containers' : 'both';
}

function isOutside({ rows: [row] }: Group): boolean {
  return row?.source.pod.outside !== undefined;
}

/** Init containers that have ended are not shown. */
function isShown({ type, state }: ContainerObject): boolean {
  return type !== 'init' || state === 'running' || state === 'waiting';
}

/** Identifies a pod while it exists. */
export function keyOfPod({ uid }: PodObject): string {
  return uid;
}

/** Identifies a container beyond its restarts, or without a name until it restarts. */
export function keyOfContainer({ uid }: PodObject, { name, id }: ContainerObject): string {
  return `${uid}/${name ?? id ?? ''}`;
}

/** The row of a pod with one container has the key of the container. */
function rowOf(shown: Omit<Source, 'recent'>, { recent, held }: Past): Row {
  const { pod, container, time } = shown;
  const key = container === undefined ? keyOfPod(pod) : keyOfContainer(pod, container);
  const source = { ...shown, recent: recent(key) };
  return {
    key,
    source,
    namespace: pod.namespace ?? '',
    pod: pod.name ?? pod.uid,
    container: containerText(pod, container),
    problems: held.add(key, problemsOf(source), time).toSorted(byLevel),
  };
}

function containerText({ containers, outside }: PodObject, container: ContainerObject | undefined): string {
  if (outside !== undefined) return outside.runtime ?? '';
  if (container === undefined) return `${containers.filter(isShown).length} containers`;
  return container.name ?? container.id?.slice(0, 12) ?? '';
}

/**
 * The groups in which every word of `search` occurs: in the name of namespace, pod, container, workload, image or Compose
 * project, or in what is wrong.
 */
export function filtered(groups: readonly Group[], namespace: string, search: string): readonly Group[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return groups.filter(({ rows: group }) => {
    const [first] = group;
    if (first === undefined || (namespace !== '' && first.namespace !== namespace)) return false;
    if (words.length === 0) return true;
    const { workload, outside } = first.source.pod;
    const about = outside === undefined ? [workload?.kind, workload?.name] : aboutOf(outside).map(([, value]) => value);
    const text = [first.namespace, first.pod, ...about, ...group.map(textOf)].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function textOf({ container, problems }: Row): string {
  return [container, ...problems.map(({ short }) => short)].join(' ');
}

/** The groups in an order, with the lines of the containers of each in the same order. */
export function sorted(groups: readonly Group[], order: Order): readonly Group[] {
  const compare = comparison(order);
  return groups
    .map((group) => {
      const [first, ...others] = group.rows;
      const inside = others.toSorted(compare);
      // A pod stands where its worst line belongs.
      const best = [...group.rows].toSorted(compare)[0];
      return { best, group: first === undefined ? group : { ...group, rows: [first, ...inside] } };
    })
    .toSorted((left, right) =>
      left.best === undefined || right.best === undefined ? 0 : compare(left.best, right.best),
    )
    .map(({ group }) => group);
}

type Comparison = (left: Row, right: Row) => number;

function comparison({ by, descending }: Order): Comparison {
  const direction = descending ? -1 : 1;
  return (left, right) => {
    const first = direction * compareBy(by, left, right) || 0;
    return first || compareTexts(left.namespace, right.namespace) || compareTexts(left.pod, right.pod);
  };
}

function compareBy(by: SortKey, left: Row, right: Row): number {
  if (by === 'namespace' || by === 'pod' || by === 'container') return compareTexts(left[by], right[by]);
  if (by !== 'problems') return valueOf(left, by) - valueOf(right, by) || 0;
  const byProblems = severity(left.problems) - severity(right.problems);
  return byProblems || usage(left) - usage(right);
}

/** Coarse, so that idle rows do not change places all the time. */
function usage(row: Row): number {
  return Math.round((NUMBERS.cpu(row.source) ?? 0) * USAGE_STEPS);
}

/** In a core. */
const USAGE_STEPS = 20;

/** Rows without the number come last when the largest is first. */
function valueOf({ source }: Row, name: NumberName): number {
  return NUMBERS[name](source) ?? -1;
}

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

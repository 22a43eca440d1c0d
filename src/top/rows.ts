import {
  numberAt,
  sum,
  type ContainerDocument,
  type NodeDocument,
  type OutsideDocument,
  type PodDocument,
} from './document.ts';
import { figuresOf, type Figures } from './figures.ts';
import { oomKillsOf } from './oom-kills.ts';
import type { RecentEvents } from './recent-events.ts';
import { stateTroubles, troublesOf, volumeTroubles, type Trouble } from './troubles.ts';

/** A pod or a container, as a line of the table. */
export interface Row {
  /** Identifies it from document to document. */
  readonly key: string;
  /** Empty outside of pods. */
  readonly namespace: string;
  readonly pod: string;
  /** Absent for a pod. */
  readonly container?: string;
  readonly id?: string | undefined;
  readonly figures: Figures;
  /** The bad ones first. */
  readonly troubles: readonly Trouble[];
}

/** A pod with its containers, or a container outside of pods. */
export interface PodRow extends Row {
  readonly containers: readonly Row[];
  /** What a filter finds besides names and troubles. */
  readonly words?: string;
}

interface Moment {
  /** Unix seconds of the document. */
  readonly now: number;
  readonly recent: RecentEvents;
}

/** The pods of a document and the containers outside of pods, with what is wrong with them. */
export function rowsOf(document: NodeDocument, recent: RecentEvents): readonly PodRow[] {
  const { pods, containers = [], time_seconds: now } = document;
  const moment = { now, recent };
  return [...pods.map((pod) => podRow(pod, moment)), ...containers.map((container) => outsideRow(container, moment))];
}

/** Whether a row is a container outside of pods. */
export function isOutside({ pod }: Row): boolean {
  return pod === '';
}

function outsideRow(container: OutsideDocument, { now, recent }: Moment): PodRow {
  const { id, name, runtime, image, compose_project: project, compose_service: service } = container;
  const figures = { ...figuresOf(container), startedAt: numberAt(container, 'created_time_seconds') };
  const troubles = worstFirst(troublesOf(figures, { oomKill: recent.secondsSince(`${id} oom`, now) }));
  const words = ['outside of pods', runtime, image, project, service].filter(Boolean).join(' ');
  return { key: id, namespace: '', pod: '', container: name, id, figures, troubles, containers: [], words };
}

function podRow(pod: PodDocument, moment: Moment): PodRow {
  const { uid, namespace = '', name = uid } = pod;
  const containers = pod.containers.map((each) => containerRow(each, { namespace, pod: name, uid }, moment));
  const restarts = sum(containers.map(({ figures }) => figures.restarts));
  const throttled = largest(containers.map(({ figures: { throttled: own } }) => own));
  const figures: Figures = { ...figuresOf(pod), throttled, restarts, oomKills: oomKillsOf(pod) };
  const oomKill = moment.recent.secondsSince(`${uid} oom`, moment.now);
  const own = [...troublesOf(figures, { oomKill }), ...volumeTroubles(pod.volumes)];
  const troubles = worstFirst(withContainers(own, containers));
  return { key: uid, namespace, pod: name, figures, troubles, containers };
}

function largest(numbers: readonly (number | undefined)[]): number | undefined {
  const known = numbers.filter((number) => number !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

type Place = Pick<Row, 'namespace' | 'pod'> & { readonly uid: string };

function containerRow(container: ContainerDocument, { uid, ...place }: Place, { now, recent }: Moment): Row {
  const { id, name = id ?? '' } = container;
  const key = `${uid} ${name}`;
  const figures = figuresOf(container);
  const happened = {
    oomKill: recent.secondsSince(`${key} oom`, now),
    restart: recent.secondsSince(`${key} restart`, now),
  };
  const troubles = worstFirst([...stateTroubles(container), ...troublesOf(figures, happened)]);
  return { key, ...place, container: name, id, figures, troubles };
}

/** Those of a pod and of its containers, each measure once: containers are more exact, but lose their OOM kills. */
function withContainers(own: readonly Trouble[], containers: readonly Row[]): readonly Trouble[] {
  const ownOom = own.filter(({ measure }) => measure === 'oom');
  const named = containers.flatMap(({ container = '', troubles }) =>
    troubles
      .filter(({ measure }) => measure !== 'oom' || ownOom.length === 0)
      .map((each) => (containers.length === 1 ? each : { ...each, text: `${each.text} (${container})` })),
  );
  const measures = new Set(named.map(({ measure }) => measure));
  return [...own.filter(({ measure }) => !measures.has(measure)), ...named];
}

function worstFirst(troubles: readonly Trouble[]): readonly Trouble[] {
  const [bad, others] = [true, false].map((isBad) => troubles.filter(({ severity }) => (severity === 'bad') === isBad));
  return [...(bad ?? []), ...(others ?? [])];
}

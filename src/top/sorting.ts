import type { PodRow, Row } from './rows.ts';

/** Orders of the table, by the key that selects them. */
export const SORTS = {
  w: 'worst',
  c: 'cpu',
  m: 'memory',
  t: 'throttled',
  n: 'network',
  d: 'disk',
  r: 'restarts',
  a: 'name',
} as const;

export type Sort = (typeof SORTS)[keyof typeof SORTS];

export const SORT_NAMES: readonly Sort[] = Object.values(SORTS);

/** Larger ones first. */
const NUMBERS: Readonly<Record<Exclude<Sort, 'name'>, (row: Row) => number>> = {
  worst: ({ troubles }) => troubles.length + BAD_WEIGHT * troubles.filter(({ severity }) => severity === 'bad').length,
  cpu: ({ figures }) => figures.cores ?? 0,
  memory: ({ figures }) => figures.memory ?? 0,
  throttled: ({ figures }) => figures.throttled ?? 0,
  network: ({ figures }) => (figures.receiveRate ?? 0) + (figures.transmitRate ?? 0),
  disk: ({ figures }) => (figures.readRate ?? 0) + (figures.writeRate ?? 0),
  restarts: ({ figures }) => figures.restarts ?? 0,
};

/** One bad trouble outweighs any number of warnings. */
const BAD_WEIGHT = 1000;

/** Pods and their containers in an order; equal ones by their CPU usage if that is the order of trouble, then by name. */
export function sorted(pods: readonly PodRow[], sort: Sort): readonly PodRow[] {
  return inOrder(pods, sort).map((pod) => ({ ...pod, containers: inOrder(pod.containers, sort) }));
}

/** Rows in an order. */
export function inOrder<Any extends Row>(rows: readonly Any[], sort: Sort): readonly Any[] {
  const number = sort === 'name' ? () => 0 : NUMBERS[sort];
  return rows.toSorted((a, b) => number(b) - number(a) || byUsage(a, b, sort) || byName(a, b));
}

function byUsage(a: Row, b: Row, sort: Sort): number {
  // Rounded as they are shown, so that idle ones do not change places all the time.
  return sort === 'worst' ? Math.round((NUMBERS.cpu(b) - NUMBERS.cpu(a)) * 20) : 0;
}

function byName(a: Row, b: Row): number {
  const [left, right] = [a, b].map(({ namespace, pod, container = '' }) => `${namespace}/${pod}/${container}`);
  return (left as string) < (right as string) ? -1 : 1;
}

/** The rows that a text occurs in: in namespace, pod, container or what is wrong, outside of pods also in engine and image. */
export function filtered(pods: readonly PodRow[], filter: string): readonly PodRow[] {
  const wanted = filter.toLowerCase();
  if (wanted === '') return pods;
  return pods.filter(({ namespace, pod, container = `${namespace}/${pod}`, words = '', containers, troubles }) =>
    [container, words, ...containers.map(({ container: name = '' }) => name), ...troubles.map(({ text }) => text)].some(
      (text) => text.toLowerCase().includes(wanted),
    ),
  );
}

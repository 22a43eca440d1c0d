import { count, EVENTS, OF_LIMIT, OF_SPACE, percent } from './columns.ts';
import { ROW } from './links.ts';
import { fullVolumes, maxBy, memoryOfLimit, oomKills, POD, rangeEvents, rangeRate, share, sumBy } from './queries.ts';
import { table } from './table.ts';
import type { Column, Key } from './table.ts';

/** A pod in a table, with the page that shows it. */
export const POD_KEYS: readonly Key[] = [
  { label: 'pod', name: 'Pod', link: ROW.pod, width: 180 },
  { label: 'namespace', name: 'Namespace', link: ROW.namespace },
  { label: 'node', name: 'Node', link: ROW.node, width: 130, isLast: true },
];

/** Share of the CFS periods of the time range in which each container was throttled. */
export function throttledPeriods(selector: string): string {
  return share(
    rangeRate(`container_cpu_cfs_throttled_periods_total{${selector}}`),
    rangeRate(`container_cpu_cfs_periods_total{${selector}}`),
  );
}

/** Share of the TCP segments of the time range that each pod retransmitted; a pod that sends next to nothing has none. */
export function retransmittedSegments(selector: string): string {
  return share(
    sumBy(POD, rangeRate(`pod_network_tcp_retransmitted_segments_total{${selector}}`)),
    `(${sumBy(POD, rangeRate(`pod_network_tcp_sent_segments_total{${selector}}`))} > 0.1)`,
  );
}

function pressure(resource: 'cpu' | 'memory' | 'io', selector: string): string {
  return maxBy(POD, rangeRate(`pod_pressure_${resource}_waiting_seconds_total{${selector}}`));
}

/** So that five symptoms are visible on a page of 800 pixels. */
const NARROW = 86;

/** Symptoms in the chosen time range; a pod without any has no row. */
function symptoms(selector: string): readonly Column[] {
  const threads = `max_over_time(container_threads{${selector}}[$__range]) / (container_threads_max{${selector}} > 0)`;
  return [
    count('OOM kills', `${oomKills(selector, '$__range')} > 0`, EVENTS),
    count('Restarts', `${sumBy(POD, rangeEvents(`container_restarts_total{${selector}}`))} > 0`, EVENTS),
    percent('Mem. limit', `${maxBy(POD, memoryOfLimit(selector))} > 0.8`, OF_LIMIT),
    percent('Throttled', `${maxBy(POD, throttledPeriods(selector))} > 0.1`, [0.1, 0.25]),
    percent('CPU wait', `${pressure('cpu', selector)} > 0.2`, [0.2, 0.5]),
    percent('Mem. wait', `${pressure('memory', selector)} > 0.01`, [0.01, 0.1]),
    percent('I/O wait', `${pressure('io', selector)} > 0.2`, [0.2, 0.5]),
    { ...percent('Retransmits', `${retransmittedSegments(selector)} > 0.01`, [0.01, 0.05], 1), width: 96 },
    percent('Threads', `${maxBy(POD, threads)} > 0.8`, OF_LIMIT),
    percent('Vol. used', maxBy(POD, fullVolumes(selector)), OF_SPACE),
  ];
}

/** The pods in trouble among those that `selector` selects, worst first. */
export function podsInTrouble(selector: string): ReturnType<typeof table> {
  return table({
    title: 'Pods in trouble',
    description:
      'Pods that were OOM-killed, restarted, throttled, close to a limit, waiting or retransmitting in the time range, with the most symptoms first. Empty is good. Limits and volumes: the highest share. Waits: PSI, share of time in which some task waited.',
    keys: POD_KEYS,
    columns: symptoms(selector).map((column) => ({ width: NARROW, ...column })),
    counted: 'Symptoms',
    sort: ['Symptoms', 'OOM kills', 'Restarts'],
    noValue: 'No pod in trouble on nodes whose exporter is up',
  });
}

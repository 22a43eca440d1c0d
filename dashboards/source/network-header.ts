import { percent } from './columns.ts';
import type { Row } from './dashboards.ts';
import { exportersOfPods } from './exporters.ts';
import type { Thresholds } from './panel.ts';
import { POD, rangeEvents, rangeRate, share, sumBy } from './queries.ts';
import { QUARTER, stat } from './stat.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';
import { POD_KEYS, retransmittedSegments } from './trouble.ts';

/** Pods with network errors in the time range, the most troubled first. */
function podsWithErrors(selector: string): ReturnType<typeof table> {
  const rateOf = (name: string, series: string, red: number, from = red / 100): Column => ({
    name,
    unit: 'cps',
    decimals: 3,
    thresholds: [red / 10, red],
    expr: `${sumBy(POD, rangeRate(`pod_network_${series}{${selector}}`))} > ${from}`,
  });
  return table({
    title: 'Pods with network errors',
    description:
      'Means over the time range; values far below the first color are not listed. Retransmits: share of the sent TCP segments. Overflows and drops of a listening socket lose connections of clients.',
    keys: POD_KEYS,
    columns: [
      percent('Retransmits', `${retransmittedSegments(selector)} > 0.0001`, [0.01, 0.05], 2),
      rateOf('Overflows', 'tcp_listen_overflows_total', 1, 0),
      rateOf('Listen drops', 'tcp_listen_drops_total', 1, 0),
      rateOf('SYN retr.', 'tcp_syn_retransmits_total', 1),
      rateOf('Failed conn.', 'tcp_attempt_fails_total', 10),
      rateOf('Resets', 'tcp_established_resets_total', 10),
      rateOf('Drops', 'receive_packets_dropped_total', 10),
      rateOf('Errors', 'receive_errors_total', 1),
      rateOf('UDP full', 'udp_receive_buffer_errors_total', 1, 0),
    ],
    counted: 'Symptoms',
    sort: ['Symptoms', 'Retransmits'],
    noValue: 'No pod with network errors on nodes whose exporter is up',
  });
}

function events(
  title: string,
  description: string,
  series: string,
  thresholds: Thresholds = [1, 1000],
): ReturnType<typeof stat> {
  const expr = `sum(${rangeEvents(series)})`;
  const noValue = 'Pods with hostNetwork have no network series';
  return stat({ title, description, unit: 'none', decimals: 0, expr, thresholds, noValue, ...QUARTER });
}

/** What went wrong in the networks of the selected pods in the time range. */
export function networkHeader(selector: string): Row {
  const of = (name: string): string => `pod_network_${name}{${selector}}`;
  return {
    title: 'Now',
    panels: [
      exportersOfPods(selector, QUARTER),
      stat({
        title: 'Retransmits',
        description: 'Share of the TCP segments sent by all pods in the time range that were retransmitted.',
        unit: 'percentunit',
        decimals: 2,
        expr: share(
          `sum(${rangeRate(of('tcp_retransmitted_segments_total'))})`,
          `sum(${rangeRate(of('tcp_sent_segments_total'))})`,
        ),
        thresholds: [0.01, 0.05],
        noValue: 'No TCP segment was sent',
        ...QUARTER,
      }),
      events(
        'Listen drops',
        'Connections that listening sockets dropped in the time range.',
        of('tcp_listen_drops_total'),
      ),
      events(
        'Packets dropped',
        'Received packets that interfaces of pods dropped in the time range.',
        of('receive_packets_dropped_total'),
        [1000, 100_000],
      ),
      podsWithErrors(selector),
    ],
  };
}

import { percent } from './columns.ts';
import { POD, rangeRate, sumBy } from './queries.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';
import { POD_KEYS, retransmittedSegments } from './trouble.ts';

/** Pods with network errors in the time range, the most troubled first. */
export function podsWithErrors(selector: string): ReturnType<typeof table> {
  const rateOf = (name: string, series: string, red: number): Column => ({
    name,
    unit: 'cps',
    decimals: 2,
    thresholds: [red / 10, red],
    expr: `${sumBy(POD, rangeRate(`pod_network_${series}{${selector}}`))} > 0`,
  });
  return table({
    title: 'Pods with network errors',
    description:
      'Means over the time range. Retransmits: share of the sent TCP segments. Overflows and drops of a listening socket lose connections of clients.',
    keys: POD_KEYS,
    columns: [
      percent('Retransmits', `${retransmittedSegments(selector)} > 0.0001`, [0.01, 0.05], 2),
      rateOf('Overflows', 'tcp_listen_overflows_total', 1),
      rateOf('Listen drops', 'tcp_listen_drops_total', 1),
      rateOf('SYN retr.', 'tcp_syn_retransmits_total', 1),
      rateOf('Failed conn.', 'tcp_attempt_fails_total', 10),
      rateOf('Resets', 'tcp_established_resets_total', 10),
      rateOf('Drops', 'receive_packets_dropped_total', 10),
      rateOf('Errors', 'receive_errors_total', 1),
      rateOf('UDP full', 'udp_receive_buffer_errors_total', 1),
    ],
    counted: 'Symptoms',
    sort: ['Symptoms', 'Retransmits'],
    noValue: 'No pod with network errors',
  });
}

import type { Family, Source } from './row.ts';

/** Name after the prefix, column in net/dev, HELP. */
export const TRAFFIC = [
  ['receive_bytes_total', '0', 'Bytes received.'],
  ['receive_packets_total', '1', 'Packets received.'],
  ['receive_errors_total', '2', 'Receive errors.'],
  ['receive_packets_dropped_total', '3', 'Received packets dropped.'],
  ['transmit_bytes_total', '8', 'Bytes transmitted.'],
  ['transmit_packets_total', '9', 'Packets transmitted.'],
  ['transmit_errors_total', '10', 'Transmit errors.'],
  ['transmit_packets_dropped_total', '11', 'Transmitted packets dropped.'],
] as const;

/** A counter per interface, of pods or of the node. */
export interface TrafficRow<Prefix extends string> extends Family {
  readonly name: `${Prefix}_${(typeof TRAFFIC)[number][0]}`;
  readonly by: readonly ['interface'];
  readonly source: Source;
}

/** Traffic by interface, in rows named `prefix_*`. https://docs.kernel.org/networking/statistics.html */
export function trafficRows<Prefix extends string>(
  prefix: Prefix,
  file: Source['file'],
): readonly TrafficRow<Prefix>[] {
  return TRAFFIC.map(([name, key, help]) => ({
    name: `${prefix}_${name}` as const,
    type: 'counter',
    help,
    by: ['interface'],
    source: { file, key },
  }));
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { podLabels } from './node-comparison.ts';
import type { RunningPod } from './running-pod.ts';
import type { SampleTable } from './sample-table.ts';

/** Columns of net/dev behind the interface's name. */
const DEVICE_COLUMNS: Readonly<Record<string, number>> = {
  receive_bytes: 0,
  receive_packets: 1,
  receive_errors: 2,
  receive_packets_dropped: 3,
  transmit_bytes: 8,
  transmit_packets: 9,
  transmit_errors: 10,
  transmit_packets_dropped: 11,
};

/** Counters of net/snmp, net/netstat and net/snmp6: series without `pod_network_` and `_total`, and the number's name. */
const PROTOCOL_COUNTERS: readonly (readonly [
  series: string,
  number: string,
  labels?: Readonly<Record<string, string>>,
])[] = [
  ['tcp_active_opens', 'Tcp.ActiveOpens'],
  ['tcp_passive_opens', 'Tcp.PassiveOpens'],
  ['tcp_attempt_fails', 'Tcp.AttemptFails'],
  ['tcp_established_resets', 'Tcp.EstabResets'],
  ['tcp_retransmitted_segments', 'Tcp.RetransSegs'],
  ['tcp_received_segments', 'Tcp.InSegs'],
  ['tcp_sent_segments', 'Tcp.OutSegs'],
  ['tcp_receive_errors', 'Tcp.InErrs'],
  ['tcp_sent_resets', 'Tcp.OutRsts'],
  ['tcp_listen_overflows', 'TcpExt.ListenOverflows'],
  ['tcp_listen_drops', 'TcpExt.ListenDrops'],
  ['tcp_syn_retransmits', 'TcpExt.TCPSynRetrans'],
  ['tcp_timeouts', 'TcpExt.TCPTimeouts'],
  ['tcp_backlog_drops', 'TcpExt.TCPBacklogDrop'],
  ['tcp_aborts', 'TcpExt.TCPAbortOnData', { reason: 'data' }],
  ['tcp_aborts', 'TcpExt.TCPAbortOnClose', { reason: 'close' }],
  ['udp_received_datagrams', 'Udp.InDatagrams', { family: 'ipv4' }],
  ['udp_sent_datagrams', 'Udp.OutDatagrams', { family: 'ipv4' }],
  ['udp_no_ports', 'Udp.NoPorts', { family: 'ipv4' }],
  ['udp_receive_errors', 'Udp.InErrors', { family: 'ipv4' }],
  ['udp_received_datagrams', 'Udp6InDatagrams', { family: 'ipv6' }],
  ['udp_sent_datagrams', 'Udp6OutDatagrams', { family: 'ipv6' }],
];

/** Names of the series of a pod's network. */
export function networkOf(table: SampleTable, pod: RunningPod): readonly string[] {
  return table.of(podLabels(pod)).flatMap(({ name }) => (name.startsWith('pod_network_') ? [name] : []));
}

/** How {@link countersOf} calls a series. */
export function keyOf(series: string, labels: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify([`pod_network_${series}_total`, labels]);
}

/** The counters that the kernel shows to a process, by the names and labels of their series. */
export function countersOf(pid: number | undefined): ReadonlyMap<string, number> {
  const read = (name: string): string => readFileSync(`/proc/${pid}/net/${name}`, 'latin1');
  const counters = new Map<string, number>();
  const columns = /^ *eth0:(.*)$/m.exec(read('dev'))?.[1]?.trim().split(/\s+/) ?? [];
  for (const [series, column] of Object.entries(DEVICE_COLUMNS)) {
    counters.set(keyOf(series, { interface: 'eth0' }), Number(columns[column]));
  }
  const numbers = new Map([
    ...tableNumbers(read('snmp')),
    ...tableNumbers(read('netstat')),
    ...listNumbers(read('snmp6')),
  ]);
  for (const [series, number, labels] of PROTOCOL_COUNTERS)
    counters.set(keyOf(series, labels), numbers.get(number) ?? Number.NaN);
  return counters;
}

/** `Tcp: InSegs OutSegs` above `Tcp: 1 2`. */
function tableNumbers(text: string): (readonly [string, number])[] {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));
  return lines.flatMap((names, index) => {
    const values = lines[index + 1];
    if (index % 2 === 1 || values === undefined) return [];
    return names
      .slice(1)
      .map((name, column) => [`${names[0]?.slice(0, -1)}.${name}`, Number(values[column + 1])] as const);
  });
}

/** `Udp6InDatagrams 12`, padded with blanks. */
function listNumbers(text: string): (readonly [string, number])[] {
  return [...text.matchAll(/^(\w+)\s+(\d+)$/gm)].map(([, name = '', digits]) => [name, Number(digits)]);
}

type Counters = ReadonlyMap<string, number> | undefined;

/** Asserts that a pod's counters lie between two results of {@link countersOf}. */
export function assertNetworkBetween(
  table: SampleTable,
  pod: RunningPod,
  [earlier, later]: readonly [Counters, Counters],
): void {
  assert.ok(earlier !== undefined && later !== undefined);
  for (const [key, least] of earlier) {
    const [name, labels] = JSON.parse(key) as [string, Record<string, string>];
    const value = table.value(name, { ...podLabels(pod), ...labels }) ?? Number.NaN;
    const most = later.get(key) ?? Number.NaN;
    assert.ok(least <= value && value <= most, `${pod.plan.name} ${key}: ${least} ${value} ${most}`);
  }
}

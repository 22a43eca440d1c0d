import type { NetworkRow } from './row.ts';

/** TCP errors and retransmissions. https://docs.kernel.org/networking/snmp_counter.html */
export const tcp = [
  {
    name: 'pod_network_tcp_connections',
    type: 'gauge',
    help: 'TCP connections in state ESTABLISHED or CLOSE-WAIT.',
    source: { file: 'net/snmp', key: 'Tcp.CurrEstab' },
  },
  {
    name: 'pod_network_tcp_active_opens_total',
    type: 'counter',
    help: 'TCP connections opened actively.',
    source: { file: 'net/snmp', key: 'Tcp.ActiveOpens' },
  },
  {
    name: 'pod_network_tcp_passive_opens_total',
    type: 'counter',
    help: 'TCP connections opened passively.',
    source: { file: 'net/snmp', key: 'Tcp.PassiveOpens' },
  },
  {
    name: 'pod_network_tcp_attempt_fails_total',
    type: 'counter',
    help: 'TCP connection attempts that failed.',
    source: { file: 'net/snmp', key: 'Tcp.AttemptFails' },
  },
  {
    name: 'pod_network_tcp_established_resets_total',
    type: 'counter',
    help: 'TCP connections reset after they were established.',
    source: { file: 'net/snmp', key: 'Tcp.EstabResets' },
  },
  {
    name: 'pod_network_tcp_retransmitted_segments_total',
    type: 'counter',
    help: 'TCP segments retransmitted.',
    source: { file: 'net/snmp', key: 'Tcp.RetransSegs' },
  },
  {
    name: 'pod_network_tcp_received_segments_total',
    type: 'counter',
    help: 'TCP segments received.',
    source: { file: 'net/snmp', key: 'Tcp.InSegs' },
  },
  {
    name: 'pod_network_tcp_sent_segments_total',
    type: 'counter',
    help: 'TCP segments sent, excluding retransmissions.',
    source: { file: 'net/snmp', key: 'Tcp.OutSegs' },
  },
  {
    name: 'pod_network_tcp_receive_errors_total',
    type: 'counter',
    help: 'TCP segments received in error.',
    source: { file: 'net/snmp', key: 'Tcp.InErrs' },
  },
  {
    name: 'pod_network_tcp_sent_resets_total',
    type: 'counter',
    help: 'TCP segments sent with the RST flag.',
    source: { file: 'net/snmp', key: 'Tcp.OutRsts' },
  },
  {
    name: 'pod_network_tcp_listen_overflows_total',
    type: 'counter',
    help: 'TCP connections dropped because the accept queue of the listening socket was full.',
    source: { file: 'net/netstat', key: 'TcpExt.ListenOverflows' },
  },
  {
    name: 'pod_network_tcp_listen_drops_total',
    type: 'counter',
    help: 'TCP connections dropped by a listening socket for any reason, including overflows.',
    source: { file: 'net/netstat', key: 'TcpExt.ListenDrops' },
  },
  {
    name: 'pod_network_tcp_syn_retransmits_total',
    type: 'counter',
    help: 'TCP SYN segments retransmitted.',
    source: { file: 'net/netstat', key: 'TcpExt.TCPSynRetrans' },
  },
  {
    name: 'pod_network_tcp_timeouts_total',
    type: 'counter',
    help: 'TCP retransmission timeouts.',
    source: { file: 'net/netstat', key: 'TcpExt.TCPTimeouts' },
  },
  {
    name: 'pod_network_tcp_backlog_drops_total',
    type: 'counter',
    help: 'TCP segments dropped because the socket backlog was full.',
    source: { file: 'net/netstat', key: 'TcpExt.TCPBacklogDrop' },
  },
  {
    name: 'pod_network_tcp_receive_queue_drops_total',
    type: 'counter',
    help: 'TCP segments dropped because the receive queue was full.',
    source: { file: 'net/netstat', key: 'TcpExt.TCPRcvQDrop' },
  },
  {
    name: 'pod_network_tcp_memory_pressures_total',
    type: 'counter',
    help: 'Times TCP entered memory pressure.',
    source: { file: 'net/netstat', key: 'TcpExt.TCPMemoryPressures' },
  },
  {
    name: 'pod_network_tcp_aborts_total',
    type: 'counter',
    help: 'TCP connections aborted, by reason.',
    by: ['reason'],
    source: [
      { labels: ['data'], file: 'net/netstat', key: 'TcpExt.TCPAbortOnData' },
      { labels: ['close'], file: 'net/netstat', key: 'TcpExt.TCPAbortOnClose' },
      { labels: ['memory'], file: 'net/netstat', key: 'TcpExt.TCPAbortOnMemory' },
      { labels: ['timeout'], file: 'net/netstat', key: 'TcpExt.TCPAbortOnTimeout' },
      { labels: ['linger'], file: 'net/netstat', key: 'TcpExt.TCPAbortOnLinger' },
      { labels: ['failed'], file: 'net/netstat', key: 'TcpExt.TCPAbortFailed' },
    ],
  },
] as const satisfies readonly NetworkRow[];

import { numberAt, ratio, sum, sumAt, type Sections } from './document.ts';

/** What is shown of a pod or container. Rates are per second, shares between 0 and 1. */
export interface Figures {
  readonly cores?: number | undefined;
  readonly cpuLimit?: number | undefined;
  /** Of the CFS periods. */
  readonly throttled?: number | undefined;
  /** Seconds per second, summed over CPUs. */
  readonly throttledSeconds?: number | undefined;
  /** Working set. */
  readonly memory?: number | undefined;
  readonly anonymous?: number | undefined;
  readonly memoryLimit?: number | undefined;
  readonly cpuWaiting?: number | undefined;
  readonly memoryWaiting?: number | undefined;
  readonly memoryStalled?: number | undefined;
  readonly ioWaiting?: number | undefined;
  readonly ioStalled?: number | undefined;
  readonly readRate?: number | undefined;
  readonly writeRate?: number | undefined;
  readonly readBytes?: number | undefined;
  readonly writtenBytes?: number | undefined;
  readonly receiveRate?: number | undefined;
  readonly transmitRate?: number | undefined;
  readonly receivedBytes?: number | undefined;
  readonly transmittedBytes?: number | undefined;
  readonly connections?: number | undefined;
  readonly sentSegments?: number | undefined;
  /** Of the segments sent. */
  readonly retransmitted?: number | undefined;
  readonly droppedPackets?: number | undefined;
  readonly listenOverflows?: number | undefined;
  readonly threads?: number | undefined;
  readonly threadsMax?: number | undefined;
  readonly oomKills?: number | undefined;
  readonly restarts?: number | undefined;
  /** Unix seconds. */
  readonly startedAt?: number | undefined;
}

/** The figures of a pod or container of the document. */
export function figuresOf(of: Sections): Figures {
  const rates = of['rates'];
  return { ...cpuOf(of, rates), ...memoryOf(of, rates), ...diskOf(of, rates), ...networkOf(of, rates), ...stateOf(of) };
}

function cpuOf(of: Sections, rates: unknown): Figures {
  const { cfs_periods_total: periods, cfs_throttled_periods_total: throttled } = section(rates, 'cpu');
  return {
    cores: numberAt(rates, 'cpu', 'usage_seconds_total'),
    cpuLimit: numberAt(of, 'cpu', 'limit_cores') ?? numberAt(of, 'limits', 'cpu_cores'),
    throttled: ratio(throttled, periods),
    throttledSeconds: numberAt(rates, 'cpu', 'cfs_throttled_seconds_total'),
    cpuWaiting: numberAt(rates, 'pressure', 'cpu_waiting_seconds_total'),
  };
}

function memoryOf(of: Sections, rates: unknown): Figures {
  return {
    memory: numberAt(of, 'memory', 'working_set_bytes'),
    anonymous: numberAt(of, 'memory', 'rss_bytes'),
    memoryLimit: numberAt(of, 'memory', 'limit_bytes') ?? numberAt(of, 'limits', 'memory_bytes'),
    memoryWaiting: numberAt(rates, 'pressure', 'memory_waiting_seconds_total'),
    memoryStalled: numberAt(rates, 'pressure', 'memory_stalled_seconds_total'),
  };
}

function diskOf(of: Sections, rates: unknown): Figures {
  const devices = ['io', 'devices'] as const;
  return {
    ioWaiting: numberAt(rates, 'pressure', 'io_waiting_seconds_total'),
    ioStalled: numberAt(rates, 'pressure', 'io_stalled_seconds_total'),
    readRate: sumAt(rates, devices, 'reads_bytes_total'),
    writeRate: sumAt(rates, devices, 'writes_bytes_total'),
    readBytes: sumAt(of, devices, 'reads_bytes_total'),
    writtenBytes: sumAt(of, devices, 'writes_bytes_total'),
  };
}

/** Only pods have a network. */
function networkOf(of: Sections, rates: unknown): Figures {
  const interfaces = ['network', 'interfaces'] as const;
  const sentSegments = numberAt(rates, 'network', 'tcp_sent_segments_total');
  return {
    receiveRate: sumAt(rates, interfaces, 'receive_bytes_total'),
    transmitRate: sumAt(rates, interfaces, 'transmit_bytes_total'),
    receivedBytes: sumAt(of, interfaces, 'receive_bytes_total'),
    transmittedBytes: sumAt(of, interfaces, 'transmit_bytes_total'),
    droppedPackets: sum([
      sumAt(rates, interfaces, 'receive_packets_dropped_total'),
      sumAt(rates, interfaces, 'transmit_packets_dropped_total'),
      sumAt(rates, interfaces, 'receive_errors_total'),
      sumAt(rates, interfaces, 'transmit_errors_total'),
    ]),
    connections: numberAt(of, 'network', 'tcp_connections'),
    sentSegments,
    retransmitted: ratio(numberAt(rates, 'network', 'tcp_retransmitted_segments_total'), sentSegments),
    listenOverflows: numberAt(rates, 'network', 'tcp_listen_overflows_total'),
  };
}

function stateOf(of: Sections): Figures {
  return {
    threads: numberAt(of, 'pids', 'threads'),
    threadsMax: numberAt(of, 'pids', 'threads_max'),
    oomKills: numberAt(of, 'memory', 'oom_kills_total'),
    restarts: numberAt(of, 'restarts_total'),
    startedAt: numberAt(of, 'start_time_seconds'),
  };
}

function section(from: unknown, name: string): Readonly<Partial<Record<string, number>>> {
  return ((from as Sections | undefined)?.[name] ?? {}) as Readonly<Partial<Record<string, number>>>;
}

import type { ContainerObject, Measured, PodObject } from './document.ts';
import { numberAt, pathOf, rateAt, ratio, sum, sumAt } from './document.ts';

/** What has increased while the page was watching, within its history. */
export interface Recent {
  readonly oomKills: number;
  readonly restarts: number;
}

/** What a row of the table shows: a container, a pod, or a pod with its only container. */
export interface Source {
  readonly pod: PodObject;
  /** The container that the row shows; absent in the row of a pod with several. */
  readonly container?: ContainerObject;
  /** Whether the row has what belongs to the pod: its network and its volumes. */
  readonly ofPod: boolean;
  readonly recent: Recent;
  /** Unix time of the document. */
  readonly time: number;
}

type NumberOf = (source: Source) => number | undefined;

/** Where the cgroup numbers of a row are. */
function measured({ pod, container }: Source): Measured & object {
  return container ?? pod;
}

function number(text: string): NumberOf {
  const path = pathOf(text);
  return (source) => numberAt(measured(source), path);
}

function rate(text: string): NumberOf {
  const path = pathOf(text);
  return (source) => rateAt(measured(source), path);
}

function podRate(text: string): NumberOf {
  const path = pathOf(text);
  return ({ pod, ofPod }) => (ofPod ? rateAt(pod, path) : undefined);
}

function interfaces(name: string): NumberOf {
  const [path, field] = [pathOf('network.interfaces'), pathOf(name)];
  return ({ pod, ofPod }) => (ofPod ? sumAt(pod.rates, path, field) : undefined);
}

function devices(name: string): NumberOf {
  const [path, field] = [pathOf('io.devices'), pathOf(name)];
  return (source) => sumAt(measured(source).rates, path, field);
}

const cpu = rate('cpu.usage_seconds_total');
const cpuLimit = number('cpu.limit_cores');
const cpuPeriods = rate('cpu.cfs_periods_total');
const throttledPeriods = rate('cpu.cfs_throttled_periods_total');
const memory = number('memory.working_set_bytes');
const memoryLimit = number('memory.limit_bytes');
const sentSegments = podRate('network.tcp_sent_segments_total');
const retransmittedSegments = podRate('network.tcp_retransmitted_segments_total');
const receiveErrors = interfaces('receive_errors_total');
const transmitErrors = interfaces('transmit_errors_total');
const receiveDrops = interfaces('receive_packets_dropped_total');
const transmitDrops = interfaces('transmit_packets_dropped_total');
const OOM_KILLS = pathOf('memory.oom_kills_total');
const CONNECTIONS = pathOf('network.tcp_connections');

/** As cgroups count them: that of the pod survives the restarts of its containers, but on cgroup v1 only theirs count. */
function kernelOomKills(source: Source): number | undefined {
  const { pod, ofPod } = source;
  const ofContainers = sum(containersOf(source).map((each) => numberAt(each, OOM_KILLS)));
  return ofPod ? largest(numberAt(pod, OOM_KILLS), ofContainers) : ofContainers;
}

/** As Kubernetes reports them, of kills that ended a container. */
function reportedOomKills(source: Source): number | undefined {
  return sum(containersOf(source).map(({ terminated_oom_total: terminated }) => terminated));
}

function containersOf({ pod, container }: Source): readonly ContainerObject[] {
  return container === undefined ? pod.containers : [container];
}

function largest(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? (left ?? right) : Math.max(left, right);
}

/** The numbers of a row. Shares are of 1, times in seconds, rates per second. */
export const NUMBERS = {
  cpu,
  cpuLimit,
  cpuShare: (source) => ratio(cpu(source), cpuLimit(source)),
  throttled: (source) => {
    const periods = cpuPeriods(source);
    return periods === 0 ? 0 : ratio(throttledPeriods(source), periods);
  },
  throttledSeconds: rate('cpu.cfs_throttled_seconds_total'),
  memory,
  memoryLimit,
  memoryShare: (source) => ratio(memory(source), memoryLimit(source)),
  anon: number('memory.rss_bytes'),
  cache: number('memory.cache_bytes'),
  kernel: number('memory.kernel_bytes'),
  cpuPressure: rate('pressure.cpu_waiting_seconds_total'),
  memoryPressure: rate('pressure.memory_waiting_seconds_total'),
  memoryStalled: rate('pressure.memory_stalled_seconds_total'),
  ioPressure: rate('pressure.io_waiting_seconds_total'),
  ioStalled: rate('pressure.io_stalled_seconds_total'),
  read: devices('reads_bytes_total'),
  written: devices('writes_bytes_total'),
  received: interfaces('receive_bytes_total'),
  sent: interfaces('transmit_bytes_total'),
  sentSegments,
  retransmittedSegments,
  retransmitted: (source) => {
    const [again, segments] = [retransmittedSegments(source), sentSegments(source)];
    return segments === 0 ? Math.min(1, again ?? 0) : ratio(again, segments);
  },
  synRetransmits: podRate('network.tcp_syn_retransmits_total'),
  listenOverflows: podRate('network.tcp_listen_overflows_total'),
  listenDrops: podRate('network.tcp_listen_drops_total'),
  resets: podRate('network.tcp_established_resets_total'),
  timeouts: podRate('network.tcp_timeouts_total'),
  failedAttempts: podRate('network.tcp_attempt_fails_total'),
  connections: ({ pod, ofPod }) => (ofPod ? numberAt(pod, CONNECTIONS) : undefined),
  networkErrors: (source) => sum([receiveErrors(source), transmitErrors(source)]),
  drops: (source) => sum([receiveDrops(source), transmitDrops(source)]),
  threads: number('pids.threads'),
  threadsLimit: number('pids.threads_max'),
  restarts: ({ pod, container }) =>
    container === undefined
      ? sum(pod.containers.map(({ restarts_total: restarts }) => restarts))
      : container.restarts_total,
  kernelOomKills,
  reportedOomKills,
  oomKills: (source) => largest(kernelOomKills(source), reportedOomKills(source)),
  age: ({ pod, container, time }) => {
    const start = (container ?? pod).start_time_seconds;
    return start === undefined ? undefined : Math.max(0, time - start);
  },
} as const satisfies Record<string, NumberOf>;

/** The name of a number of a row. */
export type NumberName = keyof typeof NUMBERS;

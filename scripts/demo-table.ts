import type { Sample } from '../test/support/exposition.ts';

/** Result of one scrape. */
export interface Scrape {
  /** Time in milliseconds of a monotonic clock. */
  readonly at: number;
  /** Duration in milliseconds. */
  readonly took: number;
  readonly bytes: number;
  readonly samples: readonly Sample[];
}

/** Sums over a pod's containers, interfaces and devices, by family name. */
type PodSums = ReadonlyMap<string, number>;

interface Column {
  readonly title: string;
  readonly width: number;
  /** The cell, from the sums of two scrapes and the seconds between them; `undefined` without such a series. */
  readonly cell: (now: PodSums, before: PodSums, seconds: number) => string | undefined;
}

const NAMESPACE_WIDTH = 12;
const POD_WIDTH = 26;

const COLUMNS: readonly Column[] = [
  { title: 'CORES', width: 7, cell: (...sums) => rate('pod_cpu_usage_seconds_total', ...sums)?.toFixed(3) },
  { title: 'THROTTLED', width: 11, cell: throttled },
  { title: 'MiB', width: 8, cell: (now) => divided(now.get('pod_memory_working_set_bytes'), 2 ** 20) },
  kilobytesPerSecond('IN kB/s', 'pod_network_receive_bytes_total'),
  kilobytesPerSecond('OUT kB/s', 'pod_network_transmit_bytes_total'),
  kilobytesPerSecond('DISK kB/s', 'pod_fs_writes_bytes_total'),
  { title: 'OOM', width: 5, cell: oomKills },
];

/** A table of the pods, one line each, 100 columns wide. */
export function podTable(before: Scrape, now: Scrape): string {
  const seconds = (now.at - before.at) / 1000;
  const earlier = sumByPod(before.samples);
  const lines = [...sumByPod(now.samples)]
    .toSorted(([left], [right]) => left.localeCompare(right))
    .map(([pod, sums]) => {
      const cells = COLUMNS.map(({ cell }) => cell(sums, earlier.get(pod) ?? sums, seconds) ?? '-');
      return line(pod, cells);
    });
  const titles = line(
    'NAMESPACE/POD',
    COLUMNS.map(({ title }) => title),
  );
  return [titles, ...lines].join('\n');
}

function line(pod: string, cells: readonly string[]): string {
  const [namespace = '', name = ''] = pod.split('/');
  const short = name.length > POD_WIDTH ? `${name.slice(0, POD_WIDTH - 1)}…` : name;
  const start = namespace.padEnd(NAMESPACE_WIDTH) + short.padEnd(POD_WIDTH);
  return start + COLUMNS.map(({ width }, index) => (cells[index] ?? '').padStart(width)).join('');
}

function sumByPod(samples: readonly Sample[]): ReadonlyMap<string, PodSums> {
  const pods = new Map<string, Map<string, number>>();
  for (const { name, labels, value } of samples) {
    if (labels['pod'] === undefined) continue;
    const key = `${labels['namespace'] ?? ''}/${labels['pod']}`;
    const sums = pods.get(key) ?? new Map<string, number>();
    pods.set(key, sums.set(name, (sums.get(name) ?? 0) + value));
  }
  return pods;
}

/** Increase per second; a counter reset counts from zero. */
function rate(name: string, now: PodSums, before: PodSums, seconds: number): number | undefined {
  const value = now.get(name);
  if (value === undefined) return undefined;
  const increase = value - (before.get(name) ?? 0);
  return (increase < 0 ? value : increase) / seconds;
}

function kilobytesPerSecond(title: string, name: string): Column {
  return { title, width: 10, cell: (...sums) => divided(rate(name, ...sums), 1000) };
}

function throttled(now: PodSums, before: PodSums, seconds: number): string | undefined {
  const periods = rate('container_cpu_cfs_periods_total', now, before, seconds);
  const hit = rate('container_cpu_cfs_throttled_periods_total', now, before, seconds);
  if (periods === undefined || hit === undefined) return undefined;
  return `${periods === 0 ? 0 : Math.round((hit / periods) * 100)} %`;
}

/** The kernel counter is removed with the cgroup; the counter of terminations survives. */
function oomKills(now: PodSums): string | undefined {
  const kills = (now.get('container_oom_kills_total') ?? 0) + (now.get('container_terminated_oom_total') ?? 0);
  return kills === 0 ? undefined : String(kills);
}

function divided(value: number | undefined, divisor: number): string | undefined {
  return value === undefined ? undefined : (value / divisor).toFixed(1);
}

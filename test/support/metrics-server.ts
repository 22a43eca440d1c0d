/**
 * What metrics-server 0.6 and later makes of `/metrics/resource`, after the description of its rules
 * (`/metrics/resource` is read as classic text whatever its type). Where it would panic or accept garbage, this throws.
 */

/** One reading of a node or container. */
export interface MetricsPoint {
  /** Milliseconds. */
  readonly timestamp: number;
  /** Milliseconds; 0 if absent. */
  readonly startTime: number;
  /** Nanoseconds. */
  readonly cpu: bigint;
  /** Bytes. */
  readonly memory: bigint;
}

/** Points by `namespace/pod`, then by container. */
export type PodPoints = ReadonlyMap<string, ReadonlyMap<string, MetricsPoint>>;

/** What metrics-server uses of one response. */
export interface MetricsBatch {
  readonly node: MetricsPoint | undefined;
  readonly pods: PodPoints;
  /** Pods that are skipped because of one of their containers. */
  readonly dropped: readonly string[];
}

interface Draft {
  timestamp: number;
  startTime: number;
  cpu: bigint;
  memory: bigint;
}

type Amount = 'cpu' | 'memory' | 'startTime';

/** The names that it uses; all others are skipped. */
const OF_NODE: Readonly<Record<string, Amount>> = {
  node_cpu_usage_seconds_total: 'cpu',
  node_memory_working_set_bytes: 'memory',
};
const OF_CONTAINER: Readonly<Record<string, Amount>> = {
  container_cpu_usage_seconds_total: 'cpu',
  container_memory_working_set_bytes: 'memory',
  container_start_time_seconds: 'startTime',
};

/** Parses the response to a request that was sent at `requested`, in milliseconds. */
export function parseAsMetricsServer(text: string, requested: number): MetricsBatch {
  const node = draft();
  const containers = new Map<string, Map<string, Draft>>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const { name, labels, value, timestamp = requested } = parseLine(line);
    const ofNode = OF_NODE[name];
    const ofContainer = OF_CONTAINER[name];
    if (ofNode !== undefined) take(node, ofNode, value, timestamp);
    else if (ofContainer !== undefined) take(pointOf(containers, labels, line), ofContainer, value, timestamp);
  }
  const isComplete = (points: ReadonlyMap<string, Draft>): boolean => [...points.values()].every(hasUsage);
  return {
    node: hasUsage(node) && node.timestamp !== 0 ? node : undefined,
    pods: new Map([...containers].filter(([, points]) => isComplete(points))),
    dropped: [...containers].flatMap(([pod, points]) => (isComplete(points) ? [] : [pod])),
  };
}

/** Usage of a container between two batches: cores and bytes. */
export interface Usage {
  readonly cores: number;
  readonly bytes: bigint;
}

const MIN_AGE_MS = 10_000;

/** What metrics-server would serve. */
export interface Served {
  /** Usage by `namespace/pod`, then by container. */
  readonly pods: ReadonlyMap<string, ReadonlyMap<string, Usage>>;
  /** Containers that it skips with an error in its log, because their CPU time falls. */
  readonly skipped: readonly string[];
}

/** What is served after a second batch; `resolution` is `--metric-resolution` in milliseconds. */
export function served(before: MetricsBatch, after: MetricsBatch, resolution: number): Served {
  const pods = new Map<string, ReadonlyMap<string, Usage>>();
  const skipped: string[] = [];
  for (const [pod, points] of after.pods) {
    const usages = new Map<string, Usage>();
    const previous = [...points].map(
      ([name, point]) => [name, point, previousPoint(before.pods.get(pod)?.get(name), point, resolution)] as const,
    );
    for (const [name, point, from] of previous) {
      if (from === undefined) continue;
      if (point.cpu < from.cpu) {
        skipped.push(`${pod}/${name}`);
        continue;
      }
      const seconds = (point.timestamp - from.timestamp) / 1000;
      usages.set(name, { cores: Number(point.cpu - from.cpu) / 1e9 / seconds, bytes: point.memory });
    }
    if (previous.every(([, , from]) => from !== undefined)) pods.set(pod, usages);
  }
  return { pods, skipped };
}

function previousPoint(
  known: MetricsPoint | undefined,
  point: MetricsPoint,
  resolution: number,
): Pick<MetricsPoint, 'timestamp' | 'cpu'> | undefined {
  if (known !== undefined && point.startTime < known.timestamp && known.timestamp < point.timestamp) return known;
  const age = point.timestamp - point.startTime;
  return age >= MIN_AGE_MS && age < resolution ? { timestamp: point.startTime, cpu: 0n } : undefined;
}

function draft(): Draft {
  return { timestamp: 0, startTime: 0, cpu: 0n, memory: 0n };
}

function hasUsage({ cpu, memory }: Draft): boolean {
  return cpu !== 0n && memory !== 0n;
}

function take(point: Draft, what: Amount, value: number, timestamp: number): void {
  if (what === 'startTime') {
    point.startTime = value * 1000;
    return;
  }
  point[what] = BigInt(Math.trunc(what === 'cpu' ? value * 1e9 : value));
  point.timestamp = timestamp;
}

/** Labels are found by the first piece of text that looks like their name, and taken as they stand. */
function pointOf(containers: Map<string, Map<string, Draft>>, labels: string, line: string): Draft {
  const [container, pod, namespace] = ['container', 'pod', 'namespace'].map((label) => {
    const at = labels.indexOf(`${label}="`);
    if (at < 0) throw new Error(`metrics-server would panic, no ${label}: ${line}`);
    const start = at + label.length + 2;
    const end = labels.indexOf('"', start);
    if (end <= start) throw new Error(`metrics-server would use a ${label} without a name: ${line}`);
    return labels.slice(start, end);
  });
  const key = `${namespace}/${pod}`;
  const points = containers.get(key) ?? new Map<string, Draft>();
  containers.set(key, points);
  const known = points.get(container ?? '') ?? draft();
  points.set(container ?? '', known);
  return known;
}

function parseLine(line: string): { name: string; labels: string; value: number; timestamp?: number } {
  const match = /^([a-z_]+)(?:\{([^}]*)\})? (\S+)(?: (-?\d+))?$/.exec(line);
  const value = Number(match?.[3]);
  if (match === null || !Number.isFinite(value)) throw new Error(`metrics-server cannot read: ${line}`);
  const [, name = '', labels = '', , timestamp] = match;
  return { name, labels, value, ...(timestamp === undefined ? {} : { timestamp: Number(timestamp) }) };
}

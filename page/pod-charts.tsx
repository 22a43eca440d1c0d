import type { VNode } from 'preact';
import { Chart, type ChartProps, type Line } from './chart.tsx';
import type { PodObject } from './document.ts';
import * as format from './format.ts';
import type { History, KeptNumber } from './history.ts';
import { keyOfContainer, keyOfPod } from './rows.ts';
import { NUMBERS } from './source.ts';

interface PodChartsProps {
  readonly pod: PodObject;
  readonly history: History;
}

/** Distances of the lines behind bytes. */
const BINARY_STEPS = Array.from({ length: 50 }, (_, exponent) => 2 ** exponent);

/** Distances of the lines behind whole numbers. */
const COUNT_STEPS = Array.from({ length: 6 }, (_, exponent) => [1, 2, 5].map((step) => step * 10 ** exponent)).flat();

type Drawing = Omit<ChartProps, 'times' | 'key'>;

/** The last minutes of a pod; a chart without any number is not shown. */
export function PodCharts({ pod, history }: PodChartsProps): VNode {
  const { times } = history;
  const drawings = [...containerCharts(pod, history), ...podCharts(pod, history)]
    .map((drawing) => ({ ...drawing, lines: drawing.lines.filter(hasValues) }))
    .filter(({ lines }) => lines.some(({ isLimit }) => isLimit !== true));
  return (
    <div class="charts">
      {drawings.map((drawing) => (
        <Chart key={drawing.title} {...drawing} times={times} />
      ))}
    </div>
  );
}

function hasValues({ values }: Line): boolean {
  return values.some((value) => !Number.isNaN(value));
}

function containerCharts(pod: PodObject, history: History): readonly Drawing[] {
  const lines = (name: KeptNumber): readonly Line[] =>
    pod.containers.map((container) => ({
      label: container.name ?? container.id?.slice(0, 12) ?? '',
      values: history.values(keyOfContainer(pod, container), name),
    }));
  const { times } = history;
  return [
    {
      title: 'CPU by container',
      about: 'CPU time per second, in cores, and the limit.',
      text: format.cores,
      lines: [...lines('cpu'), ...limit(pod, 'cpuLimit', times)],
    },
    {
      title: 'Throttled',
      about: 'Share of the enforcement periods in which the CPU limit throttled tasks.',
      text: format.percent,
      lines: lines('throttled'),
    },
    {
      title: 'Memory by container',
      about: 'Working set, which the kubelet compares with its eviction thresholds.',
      text: format.bytes,
      steps: BINARY_STEPS,
      lines: lines('memory'),
    },
  ];
}

/** A chart of numbers of the pod. */
interface PodChart extends Omit<Drawing, 'lines'> {
  readonly numbers: readonly (readonly [label: string, name: KeptNumber])[];
  readonly limit?: LimitName;
}

const POD_CHARTS: readonly PodChart[] = [
  {
    title: 'Memory by kind',
    about: 'Memory by kind. The kernel reclaims page cache before it kills.',
    text: format.bytes,
    steps: BINARY_STEPS,
    numbers: [
      ['anonymous', 'anon'],
      ['page cache', 'cache'],
      ['kernel', 'kernel'],
    ],
    limit: 'memoryLimit',
    stacked: true,
  },
  {
    title: 'Pressure',
    about: 'Share of the time in which at least one task was waiting.',
    text: format.percent,
    numbers: [
      ['CPU', 'cpuPressure'],
      ['memory', 'memoryPressure'],
      ['I/O', 'ioPressure'],
    ],
  },
  {
    title: 'Network',
    about: 'Traffic in the network namespace.',
    text: format.bytesPerSecond,
    steps: BINARY_STEPS,
    numbers: [
      ['received', 'received'],
      ['sent', 'sent'],
    ],
  },
  {
    title: 'TCP errors',
    about: 'Retransmissions, resets, timeouts, and connections that found a full accept queue.',
    text: format.perSecond,
    numbers: [
      ['retransmitted segments', 'retransmittedSegments'],
      ['retransmitted SYNs', 'synRetransmits'],
      ['resets', 'resets'],
      ['timeouts', 'timeouts'],
      ['accept queue full', 'listenOverflows'],
      ['packets dropped', 'drops'],
    ],
  },
  {
    title: 'Disk',
    about: 'Bytes read from and written to block devices.',
    text: format.bytesPerSecond,
    steps: BINARY_STEPS,
    numbers: [
      ['read', 'read'],
      ['written', 'written'],
    ],
  },
  {
    title: 'Threads',
    about: 'Threads.',
    text: format.count,
    steps: COUNT_STEPS,
    numbers: [['threads', 'threads']],
  },
];

function podCharts(pod: PodObject, history: History): readonly Drawing[] {
  const key = keyOfPod(pod);
  return POD_CHARTS.map(({ numbers, limit: name, ...chart }) => ({
    ...chart,
    lines: [
      ...numbers.map(([label, number]) => ({ label, values: history.values(key, number) })),
      ...(name === undefined ? [] : limit(pod, name, history.times)),
    ],
  }));
}

type LimitName = 'cpuLimit' | 'memoryLimit';

/** A limit of the pod, or of its only container, as a line. */
function limit(pod: PodObject, name: LimitName, times: readonly number[]): readonly Line[] {
  const [only] = pod.containers;
  const of = { pod, ofPod: true, recent: { oomKills: 0, restarts: 0 }, time: 0 };
  const value =
    NUMBERS[name](of) ??
    (pod.containers.length === 1 && only !== undefined ? NUMBERS[name]({ ...of, container: only }) : undefined);
  return value === undefined ? [] : [{ label: 'limit', values: times.map(() => value), isLimit: true }];
}

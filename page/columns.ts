import * as format from './format.ts';
import type { Content } from './rows.ts';
import { type NumberName, NUMBERS, type Source } from './source.ts';

/** A column of text. */
interface TextColumn {
  readonly id: 'namespace' | 'pod' | 'container' | 'problems';
  readonly title: string;
  readonly about: string;
}

const NAMESPACE: TextColumn = { id: 'namespace', title: 'Namespace', about: 'Namespace of the pod.' };
const PROBLEMS: TextColumn = { id: 'problems', title: 'Problems', about: 'What is wrong, the worst first.' };

/** Columns of text before the numbers. */
export const TEXT_COLUMNS: Readonly<Record<Content, readonly TextColumn[]>> = {
  pods: [
    NAMESPACE,
    { id: 'pod', title: 'Pod', about: 'Name of the pod, or its UID without pod metadata.' },
    { id: 'container', title: 'Container', about: 'Name of the container.' },
    PROBLEMS,
  ],
  both: [
    NAMESPACE,
    { id: 'pod', title: 'Pod', about: 'Name of the pod, or of a container outside of pods.' },
    { id: 'container', title: 'Container', about: 'Name of the container; outside of pods its engine.' },
    PROBLEMS,
  ],
  containers: [
    { id: 'pod', title: 'Container', about: 'Name of the container, or its short ID if no engine reports it.' },
    { id: 'container', title: 'Engine', about: 'Container engine that reports the container.' },
    PROBLEMS,
  ],
};

/** A column of numbers. */
export interface Column {
  readonly id: NumberName;
  readonly title: string;
  /** The heading above it, which neighbours share. */
  readonly group?: string;
  /** What the numbers are, for the tooltip of the heading. */
  readonly about: string;
  readonly text: (value: number) => string;
  /** Pixels. */
  readonly width: number;
  /** The narrowest page that shows it; `phone` is every page. */
  readonly from: 'phone' | 'tablet' | 'laptop' | 'desktop';
}

export const COLUMNS: readonly Column[] = [
  {
    id: 'cpu',
    title: 'cores',
    group: 'CPU',
    about: 'CPU time per second, in cores.',
    text: format.cores,
    width: 52,
    from: 'phone',
  },
  {
    id: 'cpuShare',
    title: 'limit',
    group: 'CPU',
    about: 'CPU as a share of the CPU limit.',
    text: format.percent,
    width: 50,
    from: 'tablet',
  },
  {
    id: 'throttled',
    title: 'throttled',
    group: 'CPU',
    about: 'Share of the enforcement periods in which the CPU limit throttled tasks.',
    text: format.percent,
    width: 66,
    from: 'tablet',
  },
  {
    id: 'memory',
    title: 'working',
    group: 'Memory',
    about: 'Working set: memory in use less the inactive page cache.',
    text: format.quantity,
    width: 60,
    from: 'phone',
  },
  {
    id: 'memoryShare',
    title: 'limit',
    group: 'Memory',
    about: 'Working set as a share of the memory limit.',
    text: format.percent,
    width: 50,
    from: 'tablet',
  },
  {
    id: 'anon',
    title: 'anon',
    group: 'Memory',
    about: 'Anonymous memory, which cannot be reclaimed without swap.',
    text: format.quantity,
    width: 60,
    from: 'laptop',
  },
  ...pressure('cpuPressure', 'CPU', 'CPU'),
  ...pressure('memoryPressure', 'mem', 'memory'),
  ...pressure('ioPressure', 'I/O', 'I/O'),
  ...throughput('read', 'read', 'Disk', 'Bytes read from block devices per second.'),
  ...throughput('written', 'write', 'Disk', 'Bytes written to block devices per second.'),
  ...throughput(
    'received',
    'in',
    'Network',
    'Bytes received per second by the pod, or by a container outside of pods.',
  ),
  ...throughput('sent', 'out', 'Network', 'Bytes sent per second by the pod, or by a container outside of pods.'),
  {
    id: 'retransmitted',
    title: 'retr',
    group: 'Network',
    about: 'TCP segments retransmitted, as a share of those sent.',
    text: format.percent,
    width: 50,
    from: 'laptop',
  },
  {
    id: 'drops',
    title: 'drops',
    group: 'Network',
    about: 'Packets dropped per second, received and sent.',
    text: format.perSecond,
    width: 46,
    from: 'desktop',
  },
  { id: 'threads', title: 'Threads', about: 'Threads.', text: format.count, width: 56, from: 'desktop' },
  {
    id: 'restarts',
    title: 'Restarts',
    about: 'Restarts counted by the kubelet.',
    text: format.count,
    width: 58,
    from: 'tablet',
  },
  {
    id: 'oomKills',
    title: 'OOM',
    about: 'Processes killed by the OOM killer.',
    text: format.count,
    width: 44,
    from: 'tablet',
  },
  {
    id: 'age',
    title: 'Age',
    about:
      'Time since the container started, or since the kubelet acknowledged the pod. Outside of pods, since it was created.',
    text: format.duration,
    width: 46,
    from: 'tablet',
  },
];

/** Widths in pixels from which a page shows more columns. */
const FROM: Readonly<Record<Column['from'], number>> = { phone: 0, tablet: 780, laptop: 1200, desktop: 1560 };

/** The columns for a page of this width. */
export function columnsFor(width: number): readonly Column[] {
  return COLUMNS.filter(({ from }) => width >= FROM[from]);
}

/** A cell with its text; empty without a number. */
export interface Cell {
  readonly column: Column;
  readonly value: number | undefined;
  readonly text: string;
}

/** The cells of a row. */
export function cellsOf(source: Source, columns: readonly Column[]): readonly Cell[] {
  return columns.map((column) => {
    const value = NUMBERS[column.id](source);
    return { column, value, text: value === undefined ? '' : column.text(value) };
  });
}

function pressure(id: NumberName, title: string, on: string): readonly Column[] {
  const about = `Share of the time in which at least one task was waiting for ${on}.`;
  return [{ id, title, group: 'Pressure', about, text: format.percent, width: 50, from: 'desktop' }];
}

function throughput(id: NumberName, title: string, group: string, about: string): readonly Column[] {
  return [{ id, title, group, about, text: format.quantity, width: 58, from: 'desktop' }];
}

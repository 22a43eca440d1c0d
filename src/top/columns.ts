import { ratio } from './document.ts';
import * as format from './format.ts';
import { isOutside, type Row } from './rows.ts';
import { LIST_SEPARATOR, shortenedList, shortenedName } from './spans.ts';
import type { Measure } from './troubles.ts';

/** What a cell depends on besides its row. */
export interface CellContext {
  /** Unix seconds. */
  readonly now: number;
  /** Bytes of the node, the limit of whatever has none in `docker stats`. */
  readonly nodeMemory?: number | undefined;
  /** What is shown for zero in columns that are zero while nothing is wrong. */
  readonly zero: '' | '0';
  /** Containers stand below their pod, so their name needs no pod. */
  readonly isTree: boolean;
}

/** A column of the table. */
export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Characters, besides which it takes what its texts need, as far as there is room. */
  readonly width: number;
  /** It is removed first if its rank is the largest; 0 for one that always stays. */
  readonly rank: number;
  /** It is cut to {@link width} if need be, has this width before columns of a rank from {@link DETAIL_RANK} on, and takes what is left. */
  readonly wide?: number;
  /** Makes a text that is too long as short as the width; cut at the end without. */
  readonly shorten?: (text: string, width: number) => string;
  /** Coloured by troubles of these measures. */
  readonly measures: readonly Measure[];
  readonly text: (row: Row, context: CellContext) => string | undefined;
}

/** Columns from this rank on are shown only if words need not be cut for them. */
export const DETAIL_RANK = 6;

type Text = Column['text'];

function number(title: string, width: number, rank: number, ...measures: readonly Measure[]) {
  return (text: Text): Column => ({ title, align: 'right', width, rank, measures, text });
}

function words(title: string, width: number, wide: number, text: Text): Column {
  return { title, align: 'left', width, wide, rank: 0, measures: [], text };
}

function names(title: string, width: number, wide: number, text: Text): Column {
  return { ...words(title, width, wide, text), shorten: shortenedName };
}

/** A text for a number, if there is one. */
function of<T>(value: T | undefined, text: (value: T) => string): string | undefined {
  return value === undefined ? undefined : text(value);
}

/** The text of the context for zero, which is empty on a screen, so that other numbers are seen. */
function unlessZero(
  value: number | undefined,
  text: (value: number) => string,
  { zero }: CellContext,
): string | undefined {
  return value === 0 ? zero : of(value, text);
}

/** `shop/web-0/app`, without what there is not. */
function pathOf({ namespace, pod, container }: Row): string {
  return [namespace, pod, container].filter(Boolean).join('/');
}

const name = names('NAMESPACE/POD', 22, 34, (row, { isTree }) =>
  isTree && row.container !== undefined && !isOutside(row) ? `  ${row.container}` : pathOf(row),
);

const trouble: Column = {
  ...words('TROUBLE', 19, 40, ({ troubles }) => troubles.map(({ text }) => text).join(LIST_SEPARATOR)),
  shorten: shortenedList,
  measures: [
    'cpu',
    'throttled',
    'memory',
    'pressure',
    'network',
    'drops',
    'threads',
    'oom',
    'restarts',
    'state',
    'volumes',
  ],
};

const cpu = number('CPU', 5, 0, 'cpu')(({ figures }) => of(figures.cores, format.cores));
const cpuShare = number(
  'CPU/LIM',
  7,
  0,
  'throttled',
)(({ figures }) => of(ratio(figures.cores, figures.cpuLimit), format.percent));
const memory = number('MEMORY', 6, 0)(({ figures }) => of(figures.memory, format.shortBytes));
const memoryShare = number(
  'MEM/LIM',
  7,
  0,
  'memory',
)(({ figures }) => of(ratio(figures.memory, figures.memoryLimit), format.percent));
const restarts = number(
  'RESTARTS',
  8,
  5,
  'restarts',
)(({ figures }, context) => unlessZero(figures.restarts, String, context));
const threads = number('PIDS', 5, 9, 'threads')(({ figures }) => of(figures.threads, String));
const ageColumn = number(
  'AGE',
  4,
  8,
)(({ figures }, { now }) => of(figures.startedAt, (startedAt) => format.age(now - startedAt)));

/** What is wrong first, then what the numbers are. */
const POD_COLUMNS: readonly Column[] = [
  name,
  cpu,
  cpuShare,
  number('THROT', 5, 1, 'throttled')(({ figures }, context) => unlessZero(figures.throttled, format.percent, context)),
  memory,
  memoryShare,
  number(
    'PSI(C/M/I)',
    10,
    3,
    'pressure',
  )(({ figures: { cpuWaiting, memoryWaiting, ioWaiting } }) =>
    of(cpuWaiting ?? memoryWaiting ?? ioWaiting, () =>
      [cpuWaiting, memoryWaiting, ioWaiting].map((share) => Math.round((share ?? 0) * 100)).join('/'),
    ),
  ),
  number('OOM', 4, 2, 'oom')(({ figures }, context) => unlessZero(figures.oomKills, String, context)),
  restarts,
  number('RX/s', 5, 6, 'drops')(({ figures }, context) => unlessZero(figures.receiveRate, format.shortRate, context)),
  number(
    'TX/s',
    5,
    6,
    'network',
  )(({ figures }, context) => unlessZero(figures.transmitRate, format.shortRate, context)),
  number('READ/s', 6, 7)(({ figures }, context) => unlessZero(figures.readRate, format.shortRate, context)),
  number('WRITE/s', 7, 7)(({ figures }, context) => unlessZero(figures.writeRate, format.shortRate, context)),
  threads,
  ageColumn,
  trouble,
];

const NETWORK_COLUMNS: readonly Column[] = [
  name,
  number('RX/s', 6, 0)(({ figures }) => of(figures.receiveRate, format.shortRate)),
  number('TX/s', 6, 0)(({ figures }) => of(figures.transmitRate, format.shortRate)),
  number('CONNS', 5, 3)(({ figures }) => of(figures.connections, String)),
  number(
    'RETRANS',
    7,
    0,
    'network',
  )(({ figures }, context) => unlessZero(figures.retransmitted, format.percent, context)),
  number(
    'DROPS/s',
    7,
    1,
    'drops',
  )(({ figures }, context) => unlessZero(figures.droppedPackets, format.shortRate, context)),
  number(
    'OVERFLOWS/s',
    11,
    2,
    'drops',
  )(({ figures }, context) => unlessZero(figures.listenOverflows, format.shortRate, context)),
  trouble,
];

/** The columns of `docker stats`, under its names. */
const DOCKER_COLUMNS: readonly Column[] = [
  { title: 'CONTAINER ID', align: 'left', width: 12, rank: 1, measures: [], text: ({ id }) => id?.slice(0, 12) },
  names('NAME', 16, 30, pathOf),
  number('CPU %', 7, 0, 'throttled')(({ figures }) => of(figures.cores, (value) => `${(value * 100).toFixed(2)}%`)),
  number(
    'MEM USAGE / LIMIT',
    21,
    0,
  )(({ figures: { memory: usage, memoryLimit } }, { nodeMemory }) =>
    of(
      usage,
      (value) => `${format.dockerMemory(value)} / ${of(memoryLimit ?? nodeMemory, format.dockerMemory) ?? '-'}`,
    ),
  ),
  number(
    'MEM %',
    6,
    0,
    'memory',
  )(({ figures: { memory: usage, memoryLimit } }, { nodeMemory }) =>
    of(ratio(usage, memoryLimit ?? nodeMemory), (share) => `${(share * 100).toFixed(2)}%`),
  ),
  number('NET I/O', 17, 3)(({ figures: { receivedBytes, transmittedBytes } }) => both(receivedBytes, transmittedBytes)),
  number('BLOCK I/O', 17, 2)(({ figures: { readBytes, writtenBytes } }) => both(readBytes, writtenBytes)),
  number('PIDS', 5, 0, 'threads')(({ figures }) => of(figures.threads, String)),
];

function both(left: number | undefined, right: number | undefined): string | undefined {
  if (left === undefined && right === undefined) return undefined;
  return [left, right].map((value) => of(value, format.dockerSize) ?? '-').join(' / ');
}

/** The columns of `kubectl top pod --containers`, under its names. */
const KUBECTL_COLUMNS: readonly Column[] = [
  words('NAMESPACE', 9, 9, ({ namespace }) => namespace || undefined),
  names('POD', 16, 16, ({ pod }) => pod || undefined),
  words('NAME', 12, 16, ({ container = '' }) => container),
  number('CPU(cores)', 10, 0, 'throttled')(({ figures }) => of(figures.cores, format.millicores)),
  number('MEMORY(bytes)', 13, 0, 'memory')(({ figures }) => of(figures.memory, format.mebibytes)),
];

/** The sets of columns. Flat ones have a line per container and none per pod. */
export const VIEWS = {
  pods: { columns: POD_COLUMNS, isFlat: false },
  network: { columns: NETWORK_COLUMNS, isFlat: false },
  docker: { columns: DOCKER_COLUMNS, isFlat: true },
  kubectl: { columns: KUBECTL_COLUMNS, isFlat: true },
} as const satisfies Readonly<Record<string, { readonly columns: readonly Column[]; readonly isFlat: boolean }>>;

export type View = keyof typeof VIEWS;

export const VIEW_NAMES = Object.keys(VIEWS) as readonly View[];

import { VIEWS, type CellContext } from './columns.ts';
import { numberAt, ratio, type NodeDocument } from './document.ts';
import * as format from './format.ts';
import { isOutside, type PodRow, type Row } from './rows.ts';
import { SORTS } from './sorting.ts';
import { cut, plainText, type Line, type Span } from './spans.ts';
import type { State } from './state.ts';
import { table } from './table.ts';

/** What is on the screen. */
export interface Scene {
  readonly document: NodeDocument | undefined;
  readonly pods: readonly PodRow[];
  readonly rows: readonly Row[];
  readonly state: State;
  readonly intervalSeconds: number;
  /** What went wrong with the source; empty if nothing did. */
  readonly problem: string;
  /** What cannot be read; empty if everything can. */
  readonly warning: string;
}

export interface Size {
  readonly columns: number;
  readonly lines: number;
}

/** Lines of the screen that are not rows: two above the titles, the titles, and the help. */
export const FIXED_LINES = 4;

/** Characters before each row: whether it is selected, and how bad it is, also without colours. */
const GUTTER = 2;

/** The screen as lines, each at most as wide as it. */
export function frame(scene: Scene, size: Size): readonly Line[] {
  const { state } = scene;
  const body = state.isHelp ? HELP : rowLines(scene, size);
  const room = size.lines - FIXED_LINES + 1;
  const filler = Array.from({ length: Math.max(0, room - body.length) }, (): Line => []);
  const lines = [nodeLine(scene, size), statusLine(scene), ...body.slice(0, room), ...filler, helpLine(scene, size)];
  return lines.map((line) => cut(line, size.columns));
}

function rowLines({ pods, rows, state, document }: Scene, { columns, lines }: Size): readonly Line[] {
  const { columns: ofView, isFlat } = VIEWS[state.view];
  const room = lines - FIXED_LINES;
  const selected = rows.findIndex(({ key }) => key === state.selected);
  const start = Math.max(0, Math.min(selected - Math.floor(room / 2), rows.length - room));
  const shown = rows.slice(start, start + room);
  const context: CellContext = {
    now: document?.time_seconds ?? 0,
    nodeMemory: numberAt(document?.node, 'memory', 'capacity_bytes'),
    zero: '',
    isTree: !isFlat,
  };
  const { titles, lines: cells } = table(ofView, shown, context, columns - GUTTER);
  return [
    [{ text: ' '.repeat(GUTTER) }, ...titles],
    ...cells.map((line, index) => [...gutter(shown[index], state), ...line]),
    ...(document === undefined || rows.length > 0
      ? []
      : [[{ text: `  ${whyEmpty(pods, state)}`, style: 'dim' } as const]]),
  ];
}

function whyEmpty(pods: readonly PodRow[], { filter }: State): string {
  if (pods.length === 0) return 'no pod or container runs on this node';
  return filter === '' ? 'no container is running' : 'nothing matches the filter';
}

function gutter(row: Row | undefined, { selected }: State): readonly Span[] {
  const severity = row?.troubles[0]?.severity;
  const mark = severity === 'bad' ? '!' : severity === 'warning' ? '·' : ' ';
  return [
    { text: row?.key === selected ? '>' : ' ', style: 'selected' },
    { text: mark, style: severity },
  ];
}

/** The node in numbers. */
function nodeLine({ document }: Scene, { columns }: Size): Line {
  if (document === undefined) return [{ text: 'pod-exporter top', style: 'bold' }];
  const { node, pods, containers: outside = [], time_seconds: time } = document;
  const cores = numberAt(node, 'cpu', 'cores');
  const used = numberAt(node, 'rates', 'cpu', 'usage_seconds_total');
  const memory = numberAt(node, 'memory', 'working_set_bytes');
  const capacity = numberAt(node, 'memory', 'capacity_bytes');
  const containers = pods.reduce((total, pod) => total + pod.containers.length, outside.length);
  const facts: readonly Line[] = [
    [{ text: node.name ?? 'node', style: 'bold' }],
    fact('CPU', used, format.cores, cores),
    fact('memory', memory, format.shortBytes, capacity),
    [{ text: `  ${pods.length} ${pods.length === 1 ? 'pod' : 'pods'}` }],
    [{ text: `  ${containers} ${containers === 1 ? 'container' : 'containers'}` }],
    [{ text: `  ${new Date(time * 1000).toISOString().slice(11, 19)}Z` }],
  ];
  const line: Span[] = [];
  for (const more of facts) if (plainText(line).length + plainText(more).length <= columns) line.push(...more);
  return line;
}

/** `CPU 1.20/4.00 30%`, coloured if almost all is used. */
function fact(
  name: string,
  used: number | undefined,
  text: (value: number) => string,
  whole: number | undefined,
): readonly Span[] {
  if (used === undefined) return [];
  const share = ratio(used, whole);
  if (share === undefined || whole === undefined) return [{ text: `  ${name} ${text(used)}` }];
  return [
    { text: `  ${name} ${text(used)}/${text(whole)} ` },
    { text: format.percent(share), style: share > 0.9 ? 'bad' : undefined },
  ];
}

/** How much is wrong, and what the table shows. */
function statusLine({ pods, rows, state, intervalSeconds, problem, warning, document }: Scene): Line {
  if (problem !== '') return [{ text: problem, style: 'bad' }];
  if (document === undefined) return [{ text: 'waiting for numbers' }];
  const count = (severity: string): number => pods.filter(({ troubles }) => troubles[0]?.severity === severity).length;
  const [bad, warnings] = [count('bad'), count('warning')];
  return [
    ...(state.isPaused ? [{ text: 'PAUSED  ', style: 'bold' } as const] : []),
    bad === 0
      ? { text: `no ${nounOf(pods, 1)} in trouble` }
      : { text: `${bad} of ${pods.length} ${nounOf(pods, pods.length)} in trouble`, style: 'bad' },
    ...(warnings === 0 ? [] : [{ text: `  ${warnings} with warnings`, style: 'warning' } as const]),
    { text: `  by ${state.sort}  every ${intervalSeconds} s`, style: 'dim' },
    ...(state.filter === '' && !state.isTyping
      ? []
      : [{ text: `  filter "${state.filter}": ${rows.length} ${rows.length === 1 ? 'row' : 'rows'}` }]),
    ...(warning === '' ? [] : [{ text: `  ${warning}`, style: 'dim' } as const]),
  ];
}

/** What the rows are. */
function nounOf(rows: readonly PodRow[], count: number): string {
  const outside = rows.filter(isOutside).length;
  const nouns = [...(outside === rows.length && outside > 0 ? [] : ['pod']), ...(outside === 0 ? [] : ['container'])];
  return count === 1 ? nouns.join(' or ') : nouns.map((noun) => `${noun}s`).join(' and ');
}

function helpLine({ state }: Scene, { columns }: Size): Line {
  if (state.isTyping) return [{ text: `filter: ${state.filter}_   enter: apply  esc: clear`, style: 'bold' }];
  const keys = 'q quit  enter containers  e all  / filter  space pause  v columns  ? help';
  const sorts = Object.entries(SORTS).map(([key, sort]) => `${key} ${sort}`);
  const long = `${keys}   sort: ${sorts.join('  ')}`;
  return [{ text: long.length <= columns ? long : keys, style: 'dim' }];
}

const KEYS: readonly (readonly [string, string])[] = [
  ['up, down, page up, page down', 'select a row'],
  ['enter', 'show or hide the containers of the selected pod'],
  ['e', 'show or hide all containers'],
  ['v', 'other columns: pods, network, docker, kubectl'],
  ['/', 'filter by name or trouble; escape shows all'],
  ['space', 'pause and continue'],
  ...Object.entries(SORTS).map(([key, sort]) => [key, `sort by ${sort}`] as const),
  ['q, ctrl-c', 'quit'],
];

const HELP: readonly Line[] = [
  [{ text: 'Keys', style: 'bold' }],
  ...KEYS.map(([key, about]): Line => [{ text: `  ${key.padEnd(30)}` }, { text: about }]),
  [],
  [{ text: '! users notice it   · it may become bad, or was   - not available' }],
  [{ text: 'CPU/LIM, MEM/LIM: share of the limit   THROT: share of CFS periods' }],
  [{ text: 'PSI(C/M/I): percent of time in which a task waited for CPU, memory, I/O' }],
];

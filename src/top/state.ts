import { VIEW_NAMES, VIEWS, type View } from './columns.ts';
import { isOutside, type PodRow, type Row } from './rows.ts';
import { filtered, inOrder, sorted, SORTS, type Sort } from './sorting.ts';

/** What the user chose. */
export interface State {
  readonly view: View;
  readonly sort: Sort;
  readonly filter: string;
  /** The filter is being typed. */
  readonly isTyping: boolean;
  /** Pods whose containers are shown. */
  readonly expanded: ReadonlySet<string>;
  readonly isAllExpanded: boolean;
  readonly isPaused: boolean;
  readonly isHelp: boolean;
  /** The key of the selected row. */
  readonly selected?: string | undefined;
}

export type Choice = Pick<State, 'view' | 'sort' | 'filter' | 'isAllExpanded'>;

export function initialState(choice: Choice): State {
  return { ...choice, isTyping: false, expanded: new Set(), isPaused: false, isHelp: false };
}

/** The rows in their order: pods with the containers that are shown, or containers alone. */
export function visibleRows(
  pods: readonly PodRow[],
  state: Pick<State, 'filter' | 'sort' | 'view' | 'expanded' | 'isAllExpanded'>,
): readonly Row[] {
  const shown = filtered(pods, state.filter);
  if (VIEWS[state.view].isFlat) return inOrder(shown.flatMap(withNetwork), state.sort);
  return sorted(shown, state.sort).flatMap((pod) =>
    state.isAllExpanded || state.expanded.has(pod.key) ? [pod, ...pod.containers] : [pod],
  );
}

/** The running containers of a pod with the network that they share; a container outside of pods has its own. */
function withNetwork(row: PodRow): readonly Row[] {
  const { containers, figures } = row;
  if (isOutside(row)) return [row];
  const { receivedBytes, transmittedBytes, receiveRate, transmitRate } = figures;
  const running = containers.filter(({ figures: { memory, threads } }) => (memory ?? threads) !== undefined);
  return running.map((container) => ({
    ...container,
    figures: { ...container.figures, receivedBytes, transmittedBytes, receiveRate, transmitRate },
  }));
}

/** A key as node:readline reports it. */
export interface Key {
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
  /** The characters that arrived. */
  readonly sequence?: string | undefined;
}

/** The state after a key; `undefined` to quit. `rows` are those that are visible, `page` is the number on the screen. */
export function afterKey(state: State, key: Key, rows: readonly Row[], page: number): State | undefined {
  if (key.ctrl === true && key.name === 'c') return undefined;
  if (state.isTyping) return afterTyping(state, key);
  if (state.isHelp) return { ...state, isHelp: false };
  if (key.sequence === 'q') return undefined;
  return { ...state, ...changeBy(key, { state, rows, page }) };
}

interface Situation {
  readonly state: State;
  readonly rows: readonly Row[];
  readonly page: number;
}

/** What a key changes. */
function changeBy({ name = '', sequence = '' }: Key, { state, rows, page }: Situation): Partial<State> {
  const distance = MOVES[name]?.(page);
  if (distance !== undefined) return { selected: moved(state.selected, rows, distance) };
  const sort = (SORTS as Readonly<Partial<Record<string, Sort>>>)[sequence];
  if (sort !== undefined) return { sort };
  return (ACTIONS[name] ?? ACTIONS[sequence])?.(state, rows) ?? {};
}

const MOVES: Readonly<Partial<Record<string, (page: number) => number>>> = {
  up: () => -1,
  k: () => -1,
  down: () => 1,
  j: () => 1,
  pageup: (page) => -page,
  pagedown: (page) => page,
  home: () => -Infinity,
  end: () => Infinity,
};

const ACTIONS: Readonly<Partial<Record<string, (state: State, rows: readonly Row[]) => Partial<State>>>> = {
  return: toggleSelected,
  space: (state) => ({ isPaused: !state.isPaused }),
  escape: () => ({ filter: '' }),
  e: (state) => ({ isAllExpanded: !state.isAllExpanded, expanded: new Set() }),
  v: (state) => ({ view: next(VIEW_NAMES, state.view) }),
  '/': () => ({ isTyping: true, filter: '' }),
  '?': () => ({ isHelp: true }),
};

function afterTyping(state: State, { name, sequence = '' }: Key): State {
  if (name === 'return') return { ...state, isTyping: false };
  if (name === 'escape') return { ...state, isTyping: false, filter: '' };
  if (name === 'backspace') return { ...state, filter: state.filter.slice(0, -1) };
  return /^[\x20-\x7E]$/.test(sequence) ? { ...state, filter: state.filter + sequence } : state;
}

function moved(selected: string | undefined, rows: readonly Row[], distance: number): string | undefined {
  const at = rows.findIndex(({ key }) => key === selected);
  // The first movement selects the first row.
  const position = at === -1 && distance === 1 ? 0 : Math.max(0, at) + distance;
  return rows[Math.max(0, Math.min(rows.length - 1, position))]?.key;
}

/** Shows or hides the containers of the selected pod. */
function toggleSelected(state: State, rows: readonly Row[]): State {
  const row = rows.find(({ key }) => key === state.selected);
  if (row === undefined) return state;
  const [uid = ''] = row.key.split(' ');
  return { ...state, expanded: state.expanded.symmetricDifference(new Set([uid])), selected: uid };
}

function next<T>(all: readonly T[], current: T): T {
  return all[(all.indexOf(current) + 1) % all.length] ?? current;
}

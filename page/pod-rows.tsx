import { Component, createRef, type VNode } from 'preact';
import { classes, NumberCell, ProblemList } from './cells.tsx';
import { type Cell, cellsOf, type Column } from './columns.ts';
import type { OutsideObject } from './document.ts';
import { aboutOf } from './outside.ts';
import { fragmentOf } from './route.ts';
import type { Group, Row } from './rows.ts';

/** How far from the window rows have numbers, so that a reader who scrolls finds them. */
const NEAR = { rootMargin: '800px 0px' };
const NO_COLUMNS: readonly Column[] = [];

const observed = new WeakMap<Element, PodRows>();
const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) observed.get(target)?.see(isIntersecting);
}, NEAR);

interface PodRowsProps {
  readonly group: Group;
  /** The numbers to show. */
  readonly columns: readonly Column[];
}

interface PodRowsState {
  readonly isNear: boolean;
}

/**
 * The rows of a pod. Out of sight, as most rows of a full node are, they have names and problems, for the keyboard and
 * the search of the browser, but no numbers: those are most of the work of an update.
 */
export class PodRows extends Component<PodRowsProps, PodRowsState> {
  override state: PodRowsState = { isNear: false };
  readonly #body = createRef<HTMLTableSectionElement>();

  override componentDidMount(): void {
    if (this.#body.current === null) return;
    observed.set(this.#body.current, this);
    sight.observe(this.#body.current);
  }

  override componentWillUnmount(): void {
    if (this.#body.current !== null) sight.unobserve(this.#body.current);
  }

  override render({ group, columns }: PodRowsProps, { isNear }: PodRowsState): VNode {
    return (
      <tbody ref={this.#body}>
        {group.rows.map((row, index) => (
          <Line key={row.key} row={row} columns={isNear ? columns : NO_COLUMNS} isFirst={index === 0} />
        ))}
      </tbody>
    );
  }

  /** Called when the rows come near or leave. */
  see(isNear: boolean): void {
    this.setState({ isNear });
  }
}

interface LineProps {
  readonly row: Row;
  readonly columns: readonly Column[];
  readonly isFirst: boolean;
}

/** A row; it is drawn again only if a text of it has changed. */
class Line extends Component<LineProps> {
  #drawn = '';

  override shouldComponentUpdate({ row, columns, isFirst }: LineProps): boolean {
    if (isFirst !== this.props.isFirst || columns !== this.props.columns) return true;
    return textOf(row, cellsOf(row.source, columns)) !== this.#drawn;
  }

  override render({ row, columns, isFirst }: LineProps): VNode {
    const { namespace, container, problems, source } = row;
    const isOutside = source.pod.outside !== undefined;
    const cells = cellsOf(row.source, columns);
    this.#drawn = textOf(row, cells);
    return (
      <tr class={classes(!isFirst && 'inner', source.ofPod && source.container === undefined && 'several')}>
        <td class={classes('namespace', isOutside && 'soft')}>{isFirst ? namespace : ''}</td>
        {isFirst ? (
          <PodCell row={row} />
        ) : (
          <td class="pod">
            <Below row={row} />
          </td>
        )}
        {isFirst ? (
          <td class={classes('container', isOutside && 'soft')}>{container}</td>
        ) : (
          <th scope="row" class="container">
            {container}
          </th>
        )}
        <td class="problems">
          <ProblemList problems={problems} />
        </td>
        {cells.map((cell) => (
          <NumberCell key={cell.column.id} cell={cell} problems={problems} />
        ))}
      </tr>
    );
  }
}

/** Characters at the end of a name, by which replicas differ; they are never cut off. */
const NAME_END = 6;

function PodCell({ row }: { row: Row }): VNode {
  const { namespace, pod, source } = row;
  return (
    <th scope="row" class="pod" title={titleOf(pod, source.pod.outside)}>
      <a href={fragmentOf({ page: 'pod', namespace, pod })} aria-label={pod}>
        <span>{pod.slice(0, -NAME_END)}</span>
        <span>{pod.slice(-NAME_END)}</span>
      </a>
      <Below row={row} />
    </th>
  );
}

/** The whole name, with what else is known about a container outside of pods. */
function titleOf(name: string, outside: OutsideObject | undefined): string {
  const about = outside === undefined ? [] : aboutOf(outside);
  return [name, ...about.map(([what, value]) => `${what} ${value}`)].join('\n');
}

/** What a page that is too narrow for the other columns of text has below the name of the pod. */
function Below({ row }: { row: Row }): VNode {
  const { namespace, container, problems, source } = row;
  return (
    <small class="narrow">
      {source.ofPod && namespace !== '' && <span class="of">{namespace} · </span>}
      {container} <ProblemList problems={problems} />
    </small>
  );
}

function textOf({ namespace, pod, problems, container }: Row, cells: readonly Cell[]): string {
  return [namespace, pod, container, ...problems.map(({ reason }) => reason), ...cells.map(({ text }) => text)].join(
    '\t',
  );
}

import { Component, createRef, type VNode } from 'preact';
import { classes, NumberCell, ProblemList } from './cells.tsx';
import type { Column } from './columns.ts';
import { fragmentOf } from './route.ts';
import type { Group, Order, Row, SortKey } from './rows.ts';
import { Tip } from './tip.tsx';

/** Columns of text before the numbers. */
const TEXT_COLUMNS = [
  { id: 'namespace', title: 'Namespace', about: 'Namespace of the pod.' },
  { id: 'pod', title: 'Pod', about: 'Name of the pod, or its UID without pod metadata.' },
  { id: 'container', title: 'Container', about: 'Name of the container.' },
  { id: 'problems', title: 'Problems', about: 'What is wrong, the worst first.' },
] as const;

interface TableProps {
  readonly groups: readonly Group[];
  /** The numbers to show. */
  readonly columns: readonly Column[];
  readonly order: Order;
  readonly sort: (by: SortKey) => void;
}

/** The table of pods and containers. */
export class PodsTable extends Component<TableProps> {
  readonly #table = createRef<HTMLTableElement>();

  override getSnapshotBeforeUpdate(): Element | null {
    return document.activeElement;
  }

  /** Where the browser has no moveBefore(), a row that is moved to its new place loses the focus. */
  override componentDidUpdate(_: TableProps, __: object, focused: Element | null): void {
    if (focused === document.activeElement || !(focused instanceof HTMLElement)) return;
    if (this.#table.current?.contains(focused) === true) focused.focus({ preventScroll: true });
  }

  override render({ groups, columns, order, sort }: TableProps): VNode {
    return (
      <table class="pods" ref={this.#table}>
        <colgroup>
          {TEXT_COLUMNS.map(({ id }) => (
            <col key={id} class={id} />
          ))}
          {columns.map(({ id, width }) => (
            <col key={id} width={width} />
          ))}
        </colgroup>
        <Head columns={columns} order={order} sort={sort} />
        {groups.map((group) => (
          <tbody key={group.key}>
            {group.rows.map((row, index) => (
              <Line key={row.key} row={row} columns={columns} isFirst={index === 0} />
            ))}
          </tbody>
        ))}
      </table>
    );
  }
}

function Head({ columns, order, sort }: Omit<TableProps, 'groups'>): VNode {
  return (
    <thead>
      <tr class="groups">
        <td class="namespace" />
        <td class="pod" />
        <td class="container" />
        <td class="problems" />
        {headings(columns).map(({ title, first, span }) =>
          title === '' ? (
            <td key={first} colSpan={span} />
          ) : (
            <th key={first} colSpan={span} scope="colgroup">
              <span>{title}</span>
            </th>
          ),
        )}
      </tr>
      <tr>
        {TEXT_COLUMNS.map((column) => (
          <Heading key={column.id} {...column} order={order} sort={sort} kind={column.id} />
        ))}
        {columns.map((column) => (
          <Heading key={column.id} {...column} order={order} sort={sort} kind="n" />
        ))}
      </tr>
    </thead>
  );
}

interface HeadingProps {
  readonly id: SortKey;
  readonly title: string;
  readonly group?: string;
  readonly about: string;
  readonly kind: string;
  readonly order: Order;
  readonly sort: (by: SortKey) => void;
}

function Heading({ id, title, group, about, kind, order, sort }: HeadingProps): VNode {
  const direction = order.by === id ? (order.descending ? 'descending' : 'ascending') : undefined;
  const label = group === undefined ? title : `${group} ${title}`;
  return (
    <th scope="col" class={classes(kind, direction)} aria-sort={direction ?? 'none'}>
      <Tip text={about} onClick={() => sort(id)} label={`Sort by ${label}`}>
        {title}
      </Tip>
    </th>
  );
}

/** Neighbouring columns under one heading. */
function headings(columns: readonly Column[]): readonly { title: string; first: string; span: number }[] {
  const found: { title: string; first: string; span: number }[] = [];
  for (const { id, group = '' } of columns) {
    const last = found.at(-1);
    if (last?.title === group) last.span++;
    else found.push({ title: group, first: id, span: 1 });
  }
  return found;
}

interface LineProps {
  readonly row: Row;
  readonly columns: readonly Column[];
  readonly isFirst: boolean;
}

/** A row; it is drawn again only if a text of it has changed. */
class Line extends Component<LineProps> {
  override shouldComponentUpdate({ row, columns, isFirst }: LineProps): boolean {
    if (isFirst !== this.props.isFirst || columns !== this.props.columns) return true;
    return textOf(row) !== textOf(this.props.row);
  }

  override render({ row, columns, isFirst }: LineProps): VNode {
    const { namespace, container, problems, cells } = row;
    const isOfPod = row.source.ofPod;
    return (
      <tr class={classes(!isFirst && 'inner', isOfPod && row.source.container === undefined && 'several')}>
        <td class="namespace">{isFirst ? namespace : ''}</td>
        {isFirst ? (
          <PodCell row={row} />
        ) : (
          <td class="pod">
            <Below row={row} />
          </td>
        )}
        {isFirst ? (
          <td class="container">{container}</td>
        ) : (
          <th scope="row" class="container">
            {container}
          </th>
        )}
        <td class="problems">
          <ProblemList problems={problems} />
        </td>
        {cells
          .filter(({ column }) => columns.includes(column))
          .map((cell) => (
            <NumberCell key={cell.column.id} cell={cell} problems={problems} />
          ))}
      </tr>
    );
  }
}

/** Characters at the end of a name, by which replicas differ; they are never cut off. */
const NAME_END = 6;

function PodCell({ row }: { row: Row }): VNode {
  const { namespace, pod } = row;
  return (
    <th scope="row" class="pod" title={pod}>
      <a href={fragmentOf({ page: 'pod', namespace, pod })} aria-label={pod}>
        <span>{pod.slice(0, -NAME_END)}</span>
        <span>{pod.slice(-NAME_END)}</span>
      </a>
      <Below row={row} />
    </th>
  );
}

/** What a page that is too narrow for the other columns of text has below the name of the pod. */
function Below({ row }: { row: Row }): VNode {
  const { namespace, container, problems, source } = row;
  return (
    <small class="narrow">
      {source.ofPod && namespace !== '' ? `${namespace} · ${container}` : container} <ProblemList problems={problems} />
    </small>
  );
}

function textOf({ cells, problems, container }: Row): string {
  return [container, ...problems.map(({ reason }) => reason), ...cells.map(({ text }) => text)].join('\t');
}

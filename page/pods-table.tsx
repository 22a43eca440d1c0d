import { Component, createRef, type VNode } from 'preact';
import { classes } from './cells.tsx';
import { type Column, TEXT_COLUMNS } from './columns.ts';
import { PodRows } from './pod-rows.tsx';
import type { Content, Group, Order, SortKey } from './rows.ts';
import { Tip } from './tip.tsx';

interface TableProps {
  readonly groups: readonly Group[];
  /** What there is, also if the groups are filtered. */
  readonly content: Content;
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

  override render({ groups, content, columns, order, sort }: TableProps): VNode {
    return (
      <table class={classes('pods', content)} ref={this.#table}>
        <colgroup>
          {TEXT_COLUMNS[content].map(({ id }) => (
            <col key={id} class={id} />
          ))}
          {columns.map(({ id, width }) => (
            <col key={id} width={width} />
          ))}
        </colgroup>
        <Head content={content} columns={columns} order={order} sort={sort} />
        {groups.map((group) => (
          <PodRows key={group.key} group={group} columns={columns} />
        ))}
      </table>
    );
  }
}

function Head({ content, columns, order, sort }: Omit<TableProps, 'groups'>): VNode {
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
        {TEXT_COLUMNS[content].map((column) => (
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

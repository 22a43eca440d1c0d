import type { RefObject, VNode } from 'preact';
import { COLUMNS, TEXT_COLUMNS } from './columns.ts';
import { type Content, contentOf, type Group, type Order, type SortKey } from './rows.ts';
import type { Route } from './route.ts';

type PodsRoute = Extract<Route, { page: 'pods' }>;

interface ToolbarProps {
  readonly route: PodsRoute;
  readonly groups: readonly Group[];
  readonly shown: number;
  readonly change: (change: Partial<Omit<PodsRoute, 'page'>>) => void;
  readonly search: RefObject<HTMLInputElement | null>;
}

const NOUNS: Readonly<Record<Content, readonly [one: string, several: string]>> = {
  pods: ['pod', 'pods'],
  containers: ['container', 'containers'],
  both: ['pod or container', 'pods and containers outside of pods'],
};

/** Search, filter, and the order for pages that are too narrow for the headings. */
export function Toolbar({ route, groups, shown, change, search }: ToolbarProps): VNode {
  const content = contentOf(groups);
  const [one, several] = NOUNS[content];
  // The chosen one stays while it has no pod.
  const namespaces = new Set([route.namespace, ...groups.map(({ rows: [row] }) => row?.namespace ?? '')]);
  return (
    <form class="toolbar" role="search" onSubmit={(event) => event.preventDefault()}>
      <input
        ref={search}
        type="search"
        placeholder={`Search ${content === 'containers' ? 'container, image' : 'pod, container, workload'}, problem  ( / )`}
        aria-label="Search"
        value={route.search}
        onInput={({ currentTarget }) => change({ search: currentTarget.value })}
      />
      {(content !== 'containers' || route.namespace !== '') && (
        <select
          aria-label="Namespace"
          value={route.namespace}
          onChange={({ currentTarget }) => change({ namespace: currentTarget.value })}
        >
          <option value="">all namespaces</option>
          {[...namespaces]
            .filter(Boolean)
            .toSorted()
            .map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
        </select>
      )}
      <OrderSelect content={content} order={route.order} change={(order) => change({ order })} />
      <span class="soft">
        {shown === groups.length ? '' : `${shown} of `}
        {groups.length} {groups.length === 1 ? one : several}
      </span>
    </form>
  );
}

interface OrderSelectProps {
  readonly content: Content;
  readonly order: Order;
  readonly change: (order: Order) => void;
}

function OrderSelect({ content, order, change }: OrderSelectProps): VNode {
  const texts = TEXT_COLUMNS[content].filter(({ id }) => id !== 'problems');
  const orders: readonly (readonly [id: SortKey, title: string])[] = [
    ['problems', 'worst first'],
    ...texts.map(({ id, title }) => [id, title.toLowerCase()] as const),
    ...COLUMNS.map(({ id, title, group }) => [id, [group, title].filter(Boolean).join(' ')] as const),
  ];
  return (
    <select
      class="narrow"
      aria-label="Order"
      value={order.by}
      onChange={({ currentTarget }) => change(orderBy(currentTarget.value as SortKey))}
    >
      {orders.map(([id, title]) => (
        <option key={id} value={id}>
          {title}
        </option>
      ))}
    </select>
  );
}

function orderBy(by: SortKey): Order {
  return { by, descending: by === 'problems' || COLUMNS.some(({ id }) => id === by) };
}

import type { RefObject, VNode } from 'preact';
import { COLUMNS } from './columns.ts';
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

const TEXT_SORTS = [
  ['problems', 'worst first'],
  ['namespace', 'namespace'],
  ['pod', 'pod'],
  ['container', 'container'],
] as const satisfies readonly (readonly [SortKey, string])[];

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
      {content !== 'containers' && (
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
      <OrderSelect order={route.order} change={(order) => change({ order })} />
      <span class="soft">
        {shown === groups.length ? '' : `${shown} of `}
        {groups.length} {groups.length === 1 ? one : several}
      </span>
    </form>
  );
}

function OrderSelect({ order, change }: { order: Order; change: (order: Order) => void }): VNode {
  return (
    <select
      class="narrow"
      aria-label="Order"
      value={order.by}
      onChange={({ currentTarget }) => change(orderBy(currentTarget.value as SortKey))}
    >
      {[...TEXT_SORTS, ...COLUMNS.map(({ id, title, group }) => [id, [group, title].join(' ')] as const)].map(
        ([id, title]) => (
          <option key={id} value={id}>
            {title}
          </option>
        ),
      )}
    </select>
  );
}

function orderBy(by: SortKey): Order {
  return { by, descending: by === 'problems' || COLUMNS.some(({ id }) => id === by) };
}

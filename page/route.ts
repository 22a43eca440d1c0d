import { DEFAULT_ORDER, type Order, type SortKey } from './rows.ts';
import { COLUMNS } from './columns.ts';
import { OUTSIDE } from './outside.ts';

/** What the page shows; it is the fragment of the address, so that it can be sent to others. */
export type Route =
  | { readonly page: 'pods'; readonly namespace: string; readonly search: string; readonly order: Order }
  | { readonly page: 'pod'; readonly namespace: string; readonly pod: string }
  | { readonly page: 'node' };

/** The table with every pod, worst first. */
export const HOME: Route = { page: 'pods', namespace: '', search: '', order: DEFAULT_ORDER };

const TEXT_KEYS: ReadonlySet<string> = new Set(['problems', 'namespace', 'pod', 'container']);

/** Reads a fragment such as `#pod/shop/cart-0`, `#container/web` or `#?ns=shop&sort=cpu`; {@link HOME} if it is none of ours. */
export function parseRoute(fragment: string): Route {
  const [path = '', query = ''] = fragment.replace(/^#\/?/, '').split('?', 2);
  const [page, ...names] = path.split('/').map(decoded);
  if (page === 'node') return { page };
  const [namespace = '', pod = ''] = page === 'container' ? [OUTSIDE, ...names] : names;
  if ((page === 'pod' || page === 'container') && pod !== '') return { page: 'pod', namespace, pod };
  return podsRoute(new URLSearchParams(query));
}

function podsRoute(parameters: URLSearchParams): Route {
  return {
    page: 'pods',
    namespace: parameters.get('ns') ?? '',
    search: parameters.get('q') ?? '',
    order: orderOf(parameters.get('sort') ?? ''),
  };
}

/** The fragment of a route. */
export function fragmentOf(route: Route): string {
  if (route.page === 'node') return '#node';
  if (route.page === 'pod') {
    const [namespace, pod] = [route.namespace, route.pod].map(encodeURIComponent);
    return route.namespace === OUTSIDE ? `#container/${pod}` : `#pod/${namespace}/${pod}`;
  }
  const { namespace, search, order } = route;
  const isDefault = order.by === DEFAULT_ORDER.by && order.descending === DEFAULT_ORDER.descending;
  const parameters = new URLSearchParams({
    ...(namespace === '' ? {} : { ns: namespace }),
    ...(search === '' ? {} : { q: search }),
    ...(isDefault ? {} : { sort: `${order.descending ? '-' : ''}${order.by}` }),
  });
  return parameters.size === 0 ? '#' : `#?${parameters}`;
}

/** `-cpu` is the largest first. */
function orderOf(text: string): Order {
  const by = text.replace(/^-/, '');
  if (!TEXT_KEYS.has(by) && !COLUMNS.some(({ id }) => id === by)) return DEFAULT_ORDER;
  return { by: by as SortKey, descending: text.startsWith('-') };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

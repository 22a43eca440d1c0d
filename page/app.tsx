import { Component, createRef, type VNode } from 'preact';
import { About } from './about.ts';
import { type Column, columnsFor } from './columns.ts';
import type { PodsDocument } from './document.ts';
import { Header } from './header.tsx';
import { HeldProblems } from './held-problems.ts';
import { History } from './history.ts';
import { handleKeys } from './keys.ts';
import { PodView } from './pod-view.tsx';
import { PodsTable } from './pods-table.tsx';
import { fragmentOf, HOME, parseRoute, type Route } from './route.ts';
import { OUTSIDE } from './outside.ts';
import { contentOf, filtered, type Group, groupsOf, sorted, type SortKey } from './rows.ts';
import { type Connection, Stream } from './stream.ts';
import { Toolbar } from './toolbar.tsx';

interface AppState {
  readonly route: Route;
  readonly connection: Connection;
  /** Why the exporter refuses. */
  readonly refusal?: string | undefined;
  readonly document?: PodsDocument;
  /** The numbers for which the page is wide enough. */
  readonly columns: readonly Column[];
}

/** The live page. */
export class App extends Component<object, AppState> {
  override state: AppState = {
    route: parseRoute(location.hash),
    connection: 'connecting',
    columns: columnsFor(innerWidth),
  };
  readonly #history = new History();
  readonly #past = { recent: (key: string) => this.#history.recent(key), held: new HeldProblems() };
  readonly #search = createRef<HTMLInputElement>();
  readonly #about = new About(() => this.setState({}));
  #stream: Stream | undefined;

  override componentDidMount(): void {
    addEventListener('hashchange', () => this.setState({ route: parseRoute(location.hash) }));
    addEventListener('resize', () => this.#resized());
    this.#stream = new Stream(
      (document) => {
        this.#history.add(document);
        this.setState({ document });
        void this.#about.refresh();
      },
      (connection, refusal) => this.setState({ connection, refusal }),
    );
    handleKeys({
      search: () => this.#search.current?.focus(),
      pause: () => this.#pause(),
      back: () => this.#back(),
    });
    this.#showAbout();
  }

  override componentDidUpdate(): void {
    this.#showAbout();
  }

  override render(_: object, { route, document, connection, refusal }: AppState): VNode {
    const groups = document === undefined ? [] : groupsOf(document, this.#past);
    return (
      <>
        <Header
          document={document}
          groups={groups}
          connection={connection}
          refusal={refusal}
          route={route}
          failedChecks={this.#about.failedChecks}
          pause={() => this.#pause()}
        />
        {route.page !== 'node' && <main>{this.#main(route, groups)}</main>}
      </>
    );
  }

  #main(route: Exclude<Route, { page: 'node' }>, groups: readonly Group[]): VNode {
    const { document, connection, columns } = this.state;
    if (document === undefined) {
      return <p class="soft">{connection !== 'lost' && 'Waiting for the first numbers …'}</p>;
    }
    if (route.page === 'pod') return this.#pod(route, groups);
    const { namespace, search, order } = route;
    const shown = sorted(filtered(groups, namespace, search), order);
    return (
      <>
        <Toolbar
          route={route}
          groups={groups}
          shown={shown.length}
          change={(change) => this.#replace({ ...route, ...change })}
          search={this.#search}
        />
        <PodsTable
          groups={shown}
          content={contentOf(groups)}
          columns={columns}
          order={order}
          sort={(by) => this.#sort(by)}
        />
        {shown.length === 0 && (
          <p class="soft">{groups.length === 0 ? 'No pod or container runs on this node.' : 'Nothing matches.'}</p>
        )}
      </>
    );
  }

  #pod({ namespace, pod }: Extract<Route, { page: 'pod' }>, groups: readonly Group[]): VNode {
    const group = groups.find(({ rows: [row] }) => row?.namespace === namespace && row.pod === pod);
    if (group === undefined) {
      return (
        <p>
          {namespace === OUTSIDE ? `No container ${pod} outside of pods` : `No pod ${namespace}/${pod}`} runs on this
          node. <a href={fragmentOf(HOME)}>Show all</a>
        </p>
      );
    }
    return <PodView key={group.key} group={group} history={this.#history} />;
  }

  /** The first click on a column of numbers shows the largest first, on one of names the first. */
  #sort(by: SortKey): void {
    const { route } = this.state;
    if (route.page !== 'pods') return;
    const isText = by === 'namespace' || by === 'pod' || by === 'container';
    const descending = route.order.by === by ? !route.order.descending : !isText;
    this.#replace({ ...route, order: { by, descending } });
  }

  #resized(): void {
    const columns = columnsFor(innerWidth);
    if (columns.length !== this.state.columns.length) this.setState({ columns });
  }

  #pause(): void {
    this.#stream?.pause(this.state.connection !== 'paused');
  }

  #back(): void {
    if (this.state.route.page !== 'pods') location.hash = fragmentOf(HOME);
    else this.#replace({ ...this.state.route, search: '', namespace: '' });
  }

  #replace(route: Route): void {
    history.replaceState(history.state, '', fragmentOf(route));
    this.setState({ route });
  }

  #showAbout(): void {
    this.#about.show(this.state.route.page === 'node');
  }
}

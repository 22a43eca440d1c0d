import type { PodsDocument } from './document.ts';

/** State of the connection to the exporter. */
export type Connection = 'connecting' | 'live' | 'lost' | 'paused';

/** Seconds between two documents. */
export const INTERVAL_SECONDS = 2;

/** Collectors whose numbers the page does not show; excluding one that is not enabled has no effect. */
const UNUSED = [
  'conntrack',
  'dmem',
  'ephemeral-storage',
  'hugetlb',
  'memory-events-local',
  'misc',
  'pressure-irq',
  'rdma',
  'sockets',
  'tcp-states',
  'zswap',
];

/** Delay before the next attempt after a refusal; the browser itself retries after a lost connection. */
const RETRY_MS = 5000;

/** A hidden page stops watching after this time, so that it costs the node nothing. */
const HIDDEN_MS = 30_000;

/** Receives documents as long as the page is visible. */
export class Stream {
  readonly #received: (document: PodsDocument) => void;
  readonly #changed: (connection: Connection) => void;
  #source: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #paused = false;

  constructor(received: (document: PodsDocument) => void, changed: (connection: Connection) => void) {
    this.#received = received;
    this.#changed = changed;
    document.addEventListener('visibilitychange', () => this.#visibilityChanged());
    this.#open();
  }

  /** Stops watching, or continues. */
  pause(paused: boolean): void {
    this.#paused = paused;
    if (paused) this.#close('paused');
    else this.#open();
  }

  #open(): void {
    this.#close('connecting');
    const query = new URLSearchParams([
      ['watch', `${INTERVAL_SECONDS}s`],
      ...UNUSED.map((collector) => ['exclude[]', collector]),
    ]);
    const source = new EventSource(`api/v1/pods?${query}`);
    this.#source = source;
    source.addEventListener('message', ({ data }) => {
      this.#changed('live');
      this.#received(JSON.parse(String(data)) as PodsDocument);
    });
    source.addEventListener('error', () => {
      this.#changed('lost');
      if (source.readyState !== EventSource.CLOSED) return;
      this.#timer = setTimeout(() => this.#open(), RETRY_MS);
    });
  }

  #close(connection: Connection): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
    this.#changed(connection);
  }

  #visibilityChanged(): void {
    if (this.#paused) return;
    clearTimeout(this.#timer);
    if (document.hidden) this.#timer = setTimeout(() => this.#close('paused'), HIDDEN_MS);
    else if (this.#source === undefined || this.#source.readyState === EventSource.CLOSED) this.#open();
  }
}

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

/** A proxy may answer with a page of its own. */
const MAX_REFUSAL_CHARS = 200;

/** A hidden page stops watching after this time, so that it costs the node nothing. */
const HIDDEN_MS = 30_000;

/** Receives documents as long as the page is visible. */
export class Stream {
  readonly #received: (document: PodsDocument) => void;
  readonly #changed: (connection: Connection, refusal?: string) => void;
  #source: EventSource | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #hiding: ReturnType<typeof setTimeout> | undefined;
  #paused = false;

  /** `changed` gets the status and the text with which the exporter refuses, if it does. */
  constructor(received: (document: PodsDocument) => void, changed: (connection: Connection, refusal?: string) => void) {
    this.#received = received;
    this.#changed = changed;
    document.addEventListener('visibilitychange', () => this.#visibilityChanged());
    this.#open();
    // It may have been opened in the background.
    this.#visibilityChanged();
  }

  /** Stops watching, or continues. */
  pause(paused: boolean): void {
    this.#paused = paused;
    if (paused) this.#stop();
    else this.#start();
  }

  #start(): void {
    this.#changed('connecting');
    this.#open();
  }

  #open(): void {
    this.#close();
    const query = new URLSearchParams([
      ['watch', `${INTERVAL_SECONDS}s`],
      ...UNUSED.map((collector) => ['exclude[]', collector]),
    ]);
    const address = `api/v1/pods?${query}`;
    const source = new EventSource(address);
    this.#source = source;
    source.addEventListener('message', ({ data }) => {
      this.#changed('live');
      this.#received(JSON.parse(String(data)) as PodsDocument);
    });
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) void this.#refused(source, address);
      else this.#changed('lost');
    });
  }

  async #refused(source: EventSource, address: string): Promise<void> {
    this.#retry = setTimeout(() => this.#open(), RETRY_MS);
    const refusal = await refusalOf(address);
    if (source === this.#source) this.#changed('lost', refusal);
  }

  #stop(): void {
    this.#close();
    this.#changed('paused');
  }

  #close(): void {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = undefined;
  }

  #visibilityChanged(): void {
    if (this.#paused) return;
    clearTimeout(this.#hiding);
    if (document.hidden) this.#hiding = setTimeout(() => this.#stop(), HIDDEN_MS);
    else if (this.#source === undefined || this.#source.readyState === EventSource.CLOSED) this.#start();
  }
}

/** Status and text of the response to a stream, for which an EventSource has no way; `undefined` if there is none. */
async function refusalOf(address: string): Promise<string | undefined> {
  const done = new AbortController();
  try {
    const response = await fetch(address, { signal: done.signal });
    return response.ok ? undefined : `${response.status} ${(await response.text()).trim().slice(0, MAX_REFUSAL_CHARS)}`;
  } catch {
    return undefined;
  } finally {
    done.abort();
  }
}

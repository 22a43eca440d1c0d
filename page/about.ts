/** Milliseconds between two requests; the exporter runs its checks at most once a minute. */
const INTERVAL_MS = 60_000;

/** Parts of the start page that change while the exporter runs. */
const CHANGING = ['#missing', '#facts'] as const;

/** What the server wrote into the start page: the failed checks, the endpoints, and what was found on the node. */
export class About {
  readonly #element = document.querySelector<HTMLElement>('#about');
  readonly #changed: () => void;
  /** Since the page was loaded. */
  #requestedMs = performance.now();

  /** `changed` is called after a request. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** How many checks had failed at the last request. */
  get failedChecks(): number {
    return Number(this.#element?.dataset['failedChecks'] ?? 0);
  }

  show(isShown: boolean): void {
    this.#element?.toggleAttribute('hidden', !isShown);
  }

  /** Requests it again if a minute has passed. Called for each document, so that a hidden or paused page requests nothing. */
  async refresh(): Promise<void> {
    if (performance.now() - this.#requestedMs < INTERVAL_MS) return;
    this.#requestedMs = performance.now();
    const current = await requestAbout();
    if (current === undefined || this.#element === null) return;
    this.#element.dataset['failedChecks'] = current.dataset['failedChecks'] ?? '0';
    for (const part of CHANGING) replaceIfChanged(this.#element.querySelector(part), current.querySelector(part));
    this.#changed();
  }
}

/** `undefined` if the exporter does not answer; the stream reports why. */
async function requestAbout(): Promise<HTMLElement | undefined> {
  try {
    const response = await fetch('.');
    if (!response.ok) return undefined;
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    return page.querySelector<HTMLElement>('#about') ?? undefined;
  } catch {
    return undefined;
  }
}

/** What is the same keeps the selection of a reader who copies from it. */
function replaceIfChanged(shown: Element | null, current: Element | null): void {
  if (shown !== null && current !== null && shown.innerHTML !== current.innerHTML) shown.replaceWith(current);
}

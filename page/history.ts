import type { PodsDocument } from './document.ts';
import { shownPods } from './outside.ts';
import { keyOfContainer, keyOfPod } from './rows.ts';
import { NUMBERS, type NumberName, type Recent, type Source } from './source.ts';

/** Documents that are remembered: five minutes of one every two seconds. */
const CAPACITY = 150;

/** The numbers of which a past is kept. */
const KEPT = [
  'cpu',
  'throttled',
  'memory',
  'anon',
  'cache',
  'kernel',
  'cpuPressure',
  'memoryPressure',
  'ioPressure',
  'read',
  'written',
  'received',
  'sent',
  'retransmittedSegments',
  'synRetransmits',
  'resets',
  'timeouts',
  'listenOverflows',
  'drops',
  'threads',
  'kernelOomKills',
  'reportedOomKills',
  'restarts',
] as const satisfies readonly NumberName[];

/** Seconds without a document after which lines are interrupted: the page was hidden or paused, or the exporter away. */
const GAP_SECONDS = 10;

/** A number of which a past is kept. */
export type KeptNumber = (typeof KEPT)[number];

/** The past of one row: a line of each kept number, at the positions of the times. */
interface Past {
  readonly numbers: Float32Array;
  seen: number;
}

const QUIET: Recent = { oomKills: 0, restarts: 0 };

/** The last minutes of every pod and container. */
export class History {
  /** Unix time of each document, at its number modulo the capacity. */
  readonly #times = new Float64Array(CAPACITY);
  readonly #pasts = new Map<string, Past>();
  #documents = 0;

  /** Adds a document; what it does not have is forgotten. */
  add(document: PodsDocument): void {
    const number = this.#begin(document.time_seconds);
    for (const pod of shownPods(document)) {
      const inPod = { pod, recent: QUIET, time: document.time_seconds };
      this.#record(keyOfPod(pod), { ...inPod, ofPod: true }, number);
      for (const container of pod.containers) {
        this.#record(keyOfContainer(pod, container), { ...inPod, container, ofPod: false }, number);
      }
    }
    for (const [key, { seen }] of this.#pasts) if (number - seen > CAPACITY) this.#pasts.delete(key);
  }

  /** Unix times of the documents, oldest first. */
  get times(): readonly number[] {
    return this.#positions().map((position) => this.#times[position] ?? Number.NaN);
  }

  /** A number of a row at each of {@link times}; NaN where it had none. */
  values(key: string, name: KeptNumber): readonly number[] {
    const past = this.#pasts.get(key);
    const line = KEPT.indexOf(name) * CAPACITY;
    return this.#positions().map((position) => past?.numbers[line + position] ?? Number.NaN);
  }

  /** What has increased while the page was watching. Both sources count the same OOM kills. */
  recent(key: string): Recent {
    const oomKills = Math.max(this.#increase(key, 'kernelOomKills'), this.#increase(key, 'reportedOomKills'));
    return { oomKills, restarts: this.#increase(key, 'restarts') };
  }

  /** The number of a document of this time. A clock that was set back begins a new history, as charts need rising times. */
  #begin(time: number): number {
    const last = this.#times[(this.#documents - 1) % CAPACITY] ?? time;
    if (time < last) {
      this.#pasts.clear();
      this.#documents = 0;
    } else if (time - last > GAP_SECONDS) {
      // No row has a number between the two.
      this.#times[this.#documents++ % CAPACITY] = (last + time) / 2;
    }
    this.#times[this.#documents % CAPACITY] = time;
    return this.#documents++;
  }

  /** A counter that falls was reset, with its container. */
  #increase(key: string, name: KeptNumber): number {
    const past = this.#pasts.get(key);
    if (past === undefined) return 0;
    const line = KEPT.indexOf(name) * CAPACITY;
    let total = 0;
    let last = Number.NaN;
    // Called for every row of every document, so that it makes no list of the values.
    for (let number = Math.max(0, this.#documents - CAPACITY); number < this.#documents; number++) {
      const value = past.numbers[line + (number % CAPACITY)] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      if (value > last) total += value - last;
      last = value;
    }
    return total;
  }

  #record(key: string, source: Source, number: number): void {
    const past = this.#pasts.get(key) ?? emptyPast(number);
    this.#pasts.set(key, past);
    for (let gap = past.seen + 1; gap < number; gap++) clear(past, gap % CAPACITY);
    past.seen = number;
    for (const [line, name] of KEPT.entries()) {
      past.numbers[line * CAPACITY + (number % CAPACITY)] = NUMBERS[name](source) ?? Number.NaN;
    }
  }

  /** Positions of the documents, oldest first. */
  #positions(): readonly number[] {
    const length = Math.min(this.#documents, CAPACITY);
    return Array.from({ length }, (_, index) => (this.#documents - length + index) % CAPACITY);
  }
}

function emptyPast(number: number): Past {
  return { numbers: new Float32Array(KEPT.length * CAPACITY).fill(Number.NaN), seen: number };
}

function clear({ numbers }: Past, position: number): void {
  for (let line = 0; line < KEPT.length; line++) numbers[line * CAPACITY + position] = Number.NaN;
}

import { strict as assert } from 'node:assert';
import type { PodRecord } from '../../../../src/pods/pod.ts';
import {
  type Fault,
  half,
  halfAndEnd,
  halfAndSilence,
  httpStatus,
  opening,
  reset,
  silence,
  silentStream,
  text,
} from '../../../support/api-faults.ts';
import type { PodObject } from '../../../support/pod-object.ts';
import { type ObservedApi, runningPod } from './observed-api.ts';
import { podObject } from '../pod-objects.ts';
import { LIST_SILENCE, LONGEST_WAIT, PERIOD_LONGEST } from './stated-times.ts';

/** Seconds that the server asks to be left alone for, sometimes. */
const RETRY_AFTER = 5;

/** How many attempts it takes until the waits have grown to 60 s. */
const GROWTH = 6;

/** No more pods than this at a time. */
const MOST_PODS = 12;

const STATUSES = [400, 401, 403, 404, 408, 410, 429, 500, 502, 503, 504];

type Faults = Readonly<Record<'list' | 'watch', readonly Fault[]>>;

/** Answers of which a client notices at once that they are wrong, or where they break off. */
const EITHER: readonly Fault[] = [
  ...STATUSES.map((code) => httpStatus(code)),
  ...[429, 503].map((code) => httpStatus(code, { 'Retry-After': String(RETRY_AFTER) })),
  ...['', '<html>', '{"kind":"Status"}', '{"type":'].map((content) => text(content)),
  reset,
];
const LINES = ['{"type":"ERROR","object":{"code":410}}\n', '{"type":"MOVED","object":{}}\n', '{"type":\n'];
const PLAIN: Faults = {
  list: [...EITHER, half, halfAndEnd],
  watch: [...EITHER, ...LINES.map((line) => opening(line))],
};

/** Answers after which the connection stays, without a word. */
const SILENT: Faults = { list: [silence, halfAndSilence], watch: [silence, silentStream] };

/** Something that happens, and how often, compared with the others. */
type Action = readonly [weight: number, act: (trial: Trial) => unknown];

const PODS_CHANGE: readonly Action[] = [
  [20, (trial) => trial.create()],
  [30, (trial) => trial.update()],
  [12, (trial) => trial.delete()],
  [10, (trial) => trial.recreate()],
  [3, (trial) => trial.strangers()],
];

const TIME_PASSES: readonly Action[] = [[60, (trial) => trial.pass()]];

/** Nothing that a server with bad luck would not do; whatever it does is noticed at once. */
const BAD_LUCK: readonly Action[] = [
  [6, (trial) => trial.strike(({ observed: { api } }) => api.endWatches())],
  [4, (trial) => trial.strike(({ observed: { api } }) => api.resetWatches())],
  [4, (trial) => trial.strike(({ observed: { api } }) => api.failWatches(trial.among([400, 410, 429, 500])))],
  [3, (trial) => trial.strike(({ observed: { api } }) => api.watches[0]?.spoil(trial.among(['{"type":', '{}', '[]'])))],
  [4, (trial) => trial.strike(({ observed: { api } }) => api.garblePod(trial.changed()))],
  [8, (trial) => trial.failNext(PLAIN)],
  [1, (trial) => trial.failAll(PLAIN)],
  [6, (trial) => trial.repeat()],
  [4, (trial) => trial.observed.api.sendBookmarks()],
  [4, (trial) => trial.strike(({ observed: { api } }) => api.compact())],
  [4, (trial) => trial.hold()],
  [6, (trial) => trial.among(trial.observed.api.replicas).release()],
  [8, (trial) => trial.scrape()],
  [6, (trial) => trial.observed.api.recover()],
];

/** What only time tells: silence, and changes that no watch tells. */
const BAD_FAITH: readonly Action[] = [
  [3, (trial) => trial.strike(({ observed: { api } }) => api.watches[0]?.mute())],
  [3, (trial) => trial.failNext(SILENT)],
  [1, (trial) => trial.failAll(SILENT)],
  [5, (trial) => trial.lose()],
  [2, (trial) => trial.goAway()],
];

/** What may happen, and how long it may take then until the index is right. */
export interface Trouble {
  readonly actions: readonly Action[];
  /** Milliseconds after the last fault. */
  readonly most: number;
}

/**
 * After the last fault there is at most the wait under way, the watch that finds its version expired with the wait after
 * that, and another such pair where the list that was under way had gone wrong too.
 */
const NOTICED = 4 * LONGEST_WAIT + RETRY_AFTER * 1000;

export const badLuck: Trouble = { actions: [...PODS_CHANGE, ...TIME_PASSES, ...BAD_LUCK], most: NOTICED };

export const badFaith: Trouble = {
  actions: [...PODS_CHANGE, ...TIME_PASSES, ...BAD_LUCK, ...BAD_FAITH],
  most: PERIOD_LONGEST + LIST_SILENCE + NOTICED,
};

/** Lets pods change and requests go wrong at random, and looks after each step whether all is as it has to be. */
export class Trial {
  readonly observed: ObservedApi;
  readonly #random: () => number;
  /** How many attempts may have ended because of what was done. */
  #struck = 0;
  /** The last state of any pod. */
  #state = 1;
  #passed = 0;
  /** UIDs of the last pods that were made. */
  #recent: readonly string[] = [];
  /** The state of each pod that the index was last seen to have; a pod that was removed has the last of all. */
  readonly #seen = new Map<string, number>();
  /** How many requests were looked at. */
  #looked = 0;

  constructor(observed: ObservedApi, random: () => number) {
    this.observed = observed;
    this.#random = random;
  }

  /** Takes so many random steps. */
  async run(steps: number, { actions }: Trouble): Promise<void> {
    for (let step = 0; step < steps; step++) {
      await this.#weighted(actions)(this);
      await this.observed.rest();
      this.#look();
    }
  }

  /** Ends all trouble and waits until the index is right; it stays so. */
  async settle({ most }: Trouble): Promise<void> {
    const { observed } = this;
    observed.api.recover();
    this.#passed += await observed.passUntilRight(most);
    await this.#pass(LONGEST_WAIT);
    observed.assertRight();
    const requests = observed.api.requests.length;
    assert.ok(requests <= this.#mostRequests(), `${requests} requests, at most ${this.#mostRequests()}`);
  }

  /**
   * Whatever ends an attempt costs a list and a watch. What lasts is asked for again after 30 s on average when the waits
   * have grown; scrapes ask for a list once in 30 s at most; the rest is rarer.
   */
  #mostRequests(): number {
    return 2 * (1 + this.#struck + this.#passed / 30_000);
  }

  among<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)] ?? assert.fail('nothing to choose from');
  }

  create(): void {
    if (this.#mine().length < MOST_PODS) this.observed.api.setPod(this.#next(`pod-${this.#state}`));
  }

  update(): void {
    this.observed.api.setPod(this.changed());
  }

  /** A pod of the node with another container than before; a new one where there is none. */
  changed(): PodObject {
    const [pod] = this.#some();
    return pod === undefined ? this.#next('first') : this.#next(pod.metadata.name, pod.metadata.uid);
  }

  delete(): void {
    for (const { metadata } of this.#some()) this.observed.api.deletePod(metadata.uid);
  }

  /** As a StatefulSet does. */
  recreate(): void {
    for (const { metadata } of this.#some()) {
      this.observed.api.deletePod(metadata.uid);
      this.observed.api.setPod(this.#next(metadata.name));
    }
  }

  /** Pods of other nodes change too. */
  strangers(): void {
    const uid = `stranger-${this.#state % 3}`;
    this.observed.api.setPod(podObject(uid, { metadata: { uid }, spec: { nodeName: 'node2' } }));
  }

  /** Tells what was told before, in any order. */
  repeat(): void {
    for (const watch of this.observed.api.watches) {
      const told = this.observed.api.history.changes.slice(-40).filter(({ version }) => version <= watch.position);
      for (let count = Math.min(told.length, 5); count > 0; count--) watch.change(this.among(told));
    }
  }

  /** Changes the pods without telling the watches that are open. */
  lose(): void {
    const { api } = this.observed;
    const kept = api.history.list().filter(() => this.#random() < 0.8);
    const [pod] = this.#some();
    const again = pod === undefined ? [] : [this.#next(pod.metadata.name)];
    api.replacePods([...kept.filter(({ metadata }) => metadata.uid !== pod?.metadata.uid), ...again]);
    if (this.#random() < 0.5) api.sendBookmarks();
  }

  strike(act: (trial: Trial) => unknown): void {
    if (this.observed.api.openWatches > 0) this.#struck++;
    act(this);
  }

  failNext(faults: Faults): void {
    const kind = this.among(['list', 'watch'] as const);
    const chosen = Array.from({ length: 1 + Math.floor(this.#random() * 3) }, () => this.among(faults[kind]));
    const counted = chosen.map((fault): Fault => (response, body) => {
      this.#struck++;
      fault(response, body);
    });
    this.observed.api.failNext(kind, ...counted);
  }

  failAll(faults: Faults): void {
    const kind = this.among(['list', 'watch'] as const);
    this.#struck += GROWTH;
    this.observed.api.failAll(kind, this.among(faults[kind]));
  }

  hold(): void {
    this.#struck += GROWTH;
    this.among(this.observed.api.replicas).hold();
  }

  /** Meets all cgroups there are, and one of nobody. */
  scrape(): void {
    const { api, source } = this.observed;
    const uids = api.history.list().map(({ metadata }) => metadata.uid);
    source.index.retain(new Set(uids));
    source.requestRelist(['uid-of-nobody', ...uids.filter((uid) => source.index.find(uid) === undefined)]);
  }

  async goAway(): Promise<void> {
    const { api } = this.observed;
    if (api.openWatches > 0) this.#struck++;
    await api.close();
    await this.pass();
    await api.open();
  }

  /** From 10 ms to 100 s pass. */
  pass(): Promise<void> {
    return this.#pass(Math.round(10 ** (1 + 4 * this.#random())));
  }

  async #pass(milliseconds: number): Promise<void> {
    this.#passed += milliseconds;
    await this.observed.pass(milliseconds);
  }

  /** What was known is never followed by something older, unless the server had forgotten what was known. */
  #look(): void {
    const { source, api } = this.observed;
    assert.equal(source.status.synced, true);
    const requests = api.requests.slice(this.#looked);
    this.#looked += requests.length;
    if (requests.some(({ kind, resourceVersion }) => kind === 'list' && resourceVersion === 0)) this.#seen.clear();
    for (const uid of this.#recent) {
      const record = source.index.isDeleted(uid) ? undefined : source.index.find(uid);
      const before = this.#seen.get(uid);
      if (record === undefined && before === undefined) continue;
      const now = record === undefined ? Number.POSITIVE_INFINITY : stateOf(record);
      assert.ok(before === undefined || now >= before, `${uid} went back from ${before} to ${now}`);
      this.#seen.set(uid, now);
    }
  }

  #mine(): readonly PodObject[] {
    return this.observed.api.history.list().filter(({ spec }) => spec.nodeName !== 'node2');
  }

  /** One pod of the node, if there is one. */
  #some(): readonly PodObject[] {
    const pods = this.#mine();
    return pods.length === 0 ? [] : [this.among(pods)];
  }

  /** A state of a pod that never was before; a new pod unless the UID is one of an old one. */
  #next(name: string, uid?: string): PodObject {
    this.#state++;
    const state = `${name}-${this.#state}`;
    if (uid === undefined) this.#recent = [...this.#recent, state].slice(-2 * MOST_PODS);
    return runningPod(name, uid ?? state, state);
  }

  #weighted(actions: readonly Action[]): (trial: Trial) => unknown {
    const all = actions.map(([weight]) => weight).reduce((sum, weight) => sum + weight);
    let at = this.#random() * all;
    return (actions.find(([weight]) => (at -= weight) < 0) ?? assert.fail('no actions'))[1];
  }
}

function stateOf({ containers }: PodRecord): number {
  return Number(/\d+$/.exec(containers[0]?.id ?? '')?.[0]);
}

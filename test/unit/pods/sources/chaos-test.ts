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
import { type SourceHarness, runningPod } from './source-harness.ts';
import { podObject } from '../pod-objects.ts';
import { LIST_IDLE_TIMEOUT_MS, MAX_DELAY_MS, MAX_RELIST_INTERVAL_MS } from './documented-delays.ts';

/** Retry-After of some 429 and 503 responses. */
const RETRY_AFTER_SECONDS = 5;

/** Number of failures until the backoff reaches its maximum. */
const ATTEMPTS_UNTIL_MAX_DELAY = 6;

const MAX_PODS = 12;

const STATUSES = [400, 401, 403, 404, 408, 410, 429, 500, 502, 503, 504];

type Faults = Readonly<Record<'list' | 'watch', readonly Fault[]>>;

/** Responses that a client detects as invalid or truncated at once. */
const INVALID_RESPONSES: readonly Fault[] = [
  ...STATUSES.map((code) => httpStatus(code)),
  ...[429, 503].map((code) => httpStatus(code, { 'Retry-After': String(RETRY_AFTER_SECONDS) })),
  ...['', '<html>', '{"kind":"Status"}', '{"type":'].map((content) => text(content)),
  reset,
];
const INVALID_WATCH_LINES = [
  '{"type":"ERROR","object":{"code":410}}\n',
  '{"type":"MOVED","object":{}}\n',
  '{"type":\n',
];
const VISIBLE_FAULTS: Faults = {
  list: [...INVALID_RESPONSES, half, halfAndEnd],
  watch: [...INVALID_RESPONSES, ...INVALID_WATCH_LINES.map((line) => opening(line))],
};

/** Responses that leave the connection open without data. */
const SILENT_FAULTS: Faults = { list: [silence, halfAndSilence], watch: [silence, silentStream] };

/** A random action and its relative frequency. */
type Action = readonly [weight: number, act: (test: ChaosTest) => unknown];

const POD_CHANGES: readonly Action[] = [
  [20, (test) => test.create()],
  [30, (test) => test.update()],
  [12, (test) => test.delete()],
  [10, (test) => test.recreate()],
  [3, (test) => test.updateOtherNode()],
];

const CLOCK_ADVANCES: readonly Action[] = [[60, (test) => test.advance()]];

/** Faults that the client detects at once. */
const VISIBLE_FAULT_ACTIONS: readonly Action[] = [
  [6, (test) => test.inject(({ harness: { api } }) => api.endWatches())],
  [4, (test) => test.inject(({ harness: { api } }) => api.resetWatches())],
  [4, (test) => test.inject(({ harness: { api } }) => api.failWatches(test.pick([400, 410, 429, 500])))],
  [3, (test) => test.inject(({ harness: { api } }) => api.watches[0]?.spoil(test.pick(['{"type":', '{}', '[]'])))],
  [4, (test) => test.inject(({ harness: { api } }) => api.garblePod(test.nextPodState()))],
  [8, (test) => test.failNext(VISIBLE_FAULTS)],
  [1, (test) => test.failAll(VISIBLE_FAULTS)],
  [6, (test) => test.resendEvents()],
  [4, (test) => test.harness.api.sendBookmarks()],
  [4, (test) => test.inject(({ harness: { api } }) => api.compact())],
  [4, (test) => test.freezeReplica()],
  [6, (test) => test.pick(test.harness.api.replicas).release()],
  [8, (test) => test.scrape()],
  [6, (test) => test.harness.api.recover()],
];

/** Faults that only a timeout or a relist reveals: silence and missed events. */
const SILENT_FAULT_ACTIONS: readonly Action[] = [
  [3, (test) => test.inject(({ harness: { api } }) => api.watches[0]?.mute())],
  [3, (test) => test.failNext(SILENT_FAULTS)],
  [1, (test) => test.failAll(SILENT_FAULTS)],
  [5, (test) => test.changeSilently()],
  [2, (test) => test.restartServer()],
];

/** The possible actions, and the maximum time until the index is in sync again. */
export interface Scenario {
  readonly actions: readonly Action[];
  /** Measured from the last fault. */
  readonly maxSyncMs: number;
}

/**
 * After the last fault remain at most the current delay, a watch that fails because its version has expired with the
 * delay after it, and another such pair if the list in flight failed too.
 */
const MAX_SYNC_MS = 4 * MAX_DELAY_MS + RETRY_AFTER_SECONDS * 1000;

export const visibleFaults: Scenario = {
  actions: [...POD_CHANGES, ...CLOCK_ADVANCES, ...VISIBLE_FAULT_ACTIONS],
  maxSyncMs: MAX_SYNC_MS,
};

export const silentFaults: Scenario = {
  actions: [...POD_CHANGES, ...CLOCK_ADVANCES, ...VISIBLE_FAULT_ACTIONS, ...SILENT_FAULT_ACTIONS],
  maxSyncMs: MAX_RELIST_INTERVAL_MS + LIST_IDLE_TIMEOUT_MS + MAX_SYNC_MS,
};

/** Changes pods and injects faults at random, and checks the invariants after each step. */
export class ChaosTest {
  readonly harness: SourceHarness;
  readonly #random: () => number;
  /** Upper bound of the attempts that injected faults have ended. */
  #injected = 0;
  /** Number of the last pod state. */
  #state = 1;
  #elapsedMs = 0;
  /** UIDs of the most recently created pods. */
  #recent: readonly string[] = [];
  /** Last observed state of each pod in the index; Infinity for a removed pod. */
  readonly #seen = new Map<string, number>();
  /** Number of checked requests. */
  #checkedRequests = 0;

  constructor(harness: SourceHarness, random: () => number) {
    this.harness = harness;
    this.#random = random;
  }

  /** Performs `steps` random actions. */
  async run(steps: number, { actions }: Scenario): Promise<void> {
    for (let step = 0; step < steps; step++) {
      await this.#weighted(actions)(this);
      await this.harness.untilIdle();
      this.#checkMonotonic();
    }
  }

  /** Ends all faults and checks that the index becomes and stays in sync. */
  async recover({ maxSyncMs }: Scenario): Promise<void> {
    const { harness } = this;
    harness.api.recover();
    this.#elapsedMs += await harness.advanceUntilInSync(maxSyncMs);
    await this.#advance(MAX_DELAY_MS);
    harness.assertInSync();
    const requests = harness.api.requests.length;
    assert.ok(requests <= this.#maxRequests(), `${requests} requests, at most ${this.#maxRequests()}`);
  }

  /**
   * Each ended attempt costs a list and a watch. Lasting faults are retried after 30 s on average at the maximum backoff;
   * scrapes request one list per 30 s at most; other requests are rarer.
   */
  #maxRequests(): number {
    return 2 * (1 + this.#injected + this.#elapsedMs / 30_000);
  }

  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)] ?? assert.fail('empty list');
  }

  create(): void {
    if (this.#nodePods().length < MAX_PODS) this.harness.api.setPod(this.#next(`pod-${this.#state}`));
  }

  update(): void {
    this.harness.api.setPod(this.nextPodState());
  }

  /** Returns a pod of the node with a new container, or a new pod if the node has none. */
  nextPodState(): PodObject {
    const [pod] = this.#randomPod();
    return pod === undefined ? this.#next('first') : this.#next(pod.metadata.name, pod.metadata.uid);
  }

  delete(): void {
    for (const { metadata } of this.#randomPod()) this.harness.api.deletePod(metadata.uid);
  }

  /** Recreates a pod with the same name, as a StatefulSet does. */
  recreate(): void {
    for (const { metadata } of this.#randomPod()) {
      this.harness.api.deletePod(metadata.uid);
      this.harness.api.setPod(this.#next(metadata.name));
    }
  }

  /** Changes a pod of another node. */
  updateOtherNode(): void {
    const uid = `other-${this.#state % 3}`;
    this.harness.api.setPod(podObject(uid, { metadata: { uid }, spec: { nodeName: 'node2' } }));
  }

  /** Resends earlier events in random order. */
  resendEvents(): void {
    for (const watch of this.harness.api.watches) {
      const sent = this.harness.api.history.changes.slice(-40).filter(({ version }) => version <= watch.position);
      for (let count = Math.min(sent.length, 5); count > 0; count--) watch.change(this.pick(sent));
    }
  }

  /** Changes pods without sending events to open watches. */
  changeSilently(): void {
    const { api } = this.harness;
    const kept = api.history.list().filter(() => this.#random() < 0.8);
    const [pod] = this.#randomPod();
    const recreated = pod === undefined ? [] : [this.#next(pod.metadata.name)];
    api.replacePods([...kept.filter(({ metadata }) => metadata.uid !== pod?.metadata.uid), ...recreated]);
    if (this.#random() < 0.5) api.sendBookmarks();
  }

  inject(act: (test: ChaosTest) => unknown): void {
    if (this.harness.api.openWatches > 0) this.#injected++;
    act(this);
  }

  failNext(faults: Faults): void {
    const kind = this.pick(['list', 'watch'] as const);
    const chosen = Array.from({ length: 1 + Math.floor(this.#random() * 3) }, () => this.pick(faults[kind]));
    const counted = chosen.map((fault): Fault => (response, body) => {
      this.#injected++;
      fault(response, body);
    });
    this.harness.api.failNext(kind, ...counted);
  }

  failAll(faults: Faults): void {
    const kind = this.pick(['list', 'watch'] as const);
    this.#injected += ATTEMPTS_UNTIL_MAX_DELAY;
    this.harness.api.failAll(kind, this.pick(faults[kind]));
  }

  freezeReplica(): void {
    this.#injected += ATTEMPTS_UNTIL_MAX_DELAY;
    this.pick(this.harness.api.replicas).hold();
  }

  /** Scrapes the cgroups of all pods and one without a pod. */
  scrape(): void {
    const { api, source } = this.harness;
    const uids = api.history.list().map(({ metadata }) => metadata.uid);
    source.index.retain(new Set(uids));
    source.requestRelist(['uid-without-pod', ...uids.filter((uid) => source.index.find(uid) === undefined)]);
  }

  async restartServer(): Promise<void> {
    const { api } = this.harness;
    if (api.openWatches > 0) this.#injected++;
    await api.close();
    await this.advance();
    await api.open();
  }

  /** Advances the clock by 10 ms to 100 s. */
  advance(): Promise<void> {
    return this.#advance(Math.round(10 ** (1 + 4 * this.#random())));
  }

  async #advance(milliseconds: number): Promise<void> {
    this.#elapsedMs += milliseconds;
    await this.harness.advance(milliseconds);
  }

  /** Asserts that no pod in the index goes back to an older state, except after a 410. */
  #checkMonotonic(): void {
    const { source, api } = this.harness;
    assert.equal(source.status.synced, true);
    const requests = api.requests.slice(this.#checkedRequests);
    this.#checkedRequests += requests.length;
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

  #nodePods(): readonly PodObject[] {
    return this.harness.api.history.list().filter(({ spec }) => spec.nodeName !== 'node2');
  }

  /** Returns one pod of the node, or none if the node is empty. */
  #randomPod(): readonly PodObject[] {
    const pods = this.#nodePods();
    return pods.length === 0 ? [] : [this.pick(pods)];
  }

  /** Returns a new state of the pod with this UID, or a new pod without one. */
  #next(name: string, uid?: string): PodObject {
    this.#state++;
    const state = `${name}-${this.#state}`;
    if (uid === undefined) this.#recent = [...this.#recent, state].slice(-2 * MAX_PODS);
    return runningPod(name, uid ?? state, state);
  }

  #weighted(actions: readonly Action[]): (test: ChaosTest) => unknown {
    const all = actions.map(([weight]) => weight).reduce((sum, weight) => sum + weight);
    let at = this.#random() * all;
    return (actions.find(([weight]) => (at -= weight) < 0) ?? assert.fail('no actions'))[1];
  }
}

function stateOf({ containers }: PodRecord): number {
  return Number(/\d+$/.exec(containers[0]?.id ?? '')?.[0]);
}

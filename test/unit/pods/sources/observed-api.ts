import { strict as assert } from 'node:assert';
import { setImmediate as turn } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import { ApiClient } from '../../../../src/cluster/api-client.ts';
import { PodApi } from '../../../../src/pods/sources/pod-api.ts';
import { PodIndex } from '../../../../src/pods/pod-index.ts';
import { PodWatcher, type PodWatcherOptions } from '../../../../src/pods/sources/pod-watcher.ts';
import { isHeld } from '../../../support/api-faults.ts';
import { ApiServer, type ApiServerOptions } from '../../../support/api-server.ts';
import type { OpenWatch } from '../../../support/api-watch.ts';
import type { PodObject } from '../../../support/pod-object.ts';
import { seededRandom } from '../../../support/seeded-random.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { LogRecord } from '../../../support/log-record.ts';
import { orGiveUp } from '../../../support/until.ts';
import { mainStatus, OPTIONS, podObject } from '../pod-objects.ts';

export const NODE = 'node1';

const MARKER = podObject('marker', { spec: { nodeName: 'elsewhere' } });

/** A pod of the node whose container has this ID. */
export function runningPod(name: string, uid: string, containerId: string): PodObject {
  return podObject(name, { metadata: { uid }, status: mainStatus({ containerID: `containerd://${containerId}` }) });
}

type Surroundings = Pick<PodWatcherOptions, 'log' | 'clock' | 'random'>;

export interface ObservedApiOptions extends ApiServerOptions {
  /** Whatever is random follows from it. */
  readonly seed?: number;
  /** Opens the source in another way than straight from its parts. */
  readonly openSource?: (api: ApiServer, surroundings: Surroundings) => PodWatcher;
}

/** What a pod is, in one line: `NAMESPACE/NAME UID CONTAINER=ID …`. */
function lineOf(
  { namespace, name, uid }: { namespace: string; name: string; uid: string },
  containers: readonly { readonly name: string; readonly id?: string | undefined }[],
): string {
  return [`${namespace}/${name}`, uid, ...containers.map((container) => `${container.name}=${container.id}`)].join(' ');
}

/**
 * A source of pods on a clock of its own, and the stand-in API server that it asks. Time passes only between two states of rest,
 * in which nothing happens any more unless time passes; so what a test finds does not depend on how fast the machine is.
 */
export class ObservedApi {
  readonly api: ApiServer;
  readonly source: PodWatcher;
  readonly log: LogRecord;
  readonly clock: FakeClock;
  /** The server's clock, which goes with the source's. */
  readonly serverClock: FakeClock;
  /** There is no rest until so many requests have arrived, or so many waits have begun. */
  #due = { requests: 1, waits: 1 };

  constructor(parts: Pick<ObservedApi, 'api' | 'source' | 'log' | 'clock' | 'serverClock'>) {
    ({ api: this.api, source: this.source, log: this.log, clock: this.clock, serverClock: this.serverClock } = parts);
  }

  /** Starts a server with some pods; the source is not started. */
  static async open(context: TestContext, options: ObservedApiOptions = {}): Promise<ObservedApi> {
    const { seed = 1, openSource = openPlainly } = options;
    const [log, clock, serverClock] = [new LogRecord(), new FakeClock(), new FakeClock()];
    const api = await ApiServer.start({ after: (delay, task) => serverClock.after(delay, task), ...options });
    for (const name of ['a', 'b', 'web-0']) api.setPod(runningPod(name, `uid-${name}`, `${name}-1`));
    api.setPod(podObject('stranger', { spec: { nodeName: 'node2' } }));
    const source = openSource(api, { log, clock, random: seededRandom(seed) });
    context.after(async () => {
      await source.stop();
      await api.close();
    });
    return new ObservedApi({ api, source, log, clock, serverClock });
  }

  /** As {@link open}, and the source watches. */
  static async watching(context: TestContext, options: ObservedApiOptions = {}): Promise<ObservedApi> {
    const observed = await ObservedApi.open(context, options);
    await observed.source.start();
    await observed.rest();
    observed.assertRight();
    return observed;
  }

  /** Changes, deletes, makes and recreates a pod. */
  change(): void {
    this.api.setPod(runningPod('a', 'uid-a', 'a-2'));
    this.api.deletePod('uid-b');
    this.api.setPod(runningPod('c', 'uid-c', 'c-1'));
    this.api.deletePod('uid-web-0');
    this.api.setPod(runningPod('web-0', 'uid-web-0-again', 'web-0-2'));
  }

  /** Whether the index has what the server has: UIDs, names and containers. */
  isRight(): boolean {
    return this.indexed().join('\n') === this.truth().join('\n');
  }

  assertRight(): void {
    assert.deepEqual(this.indexed(), this.truth());
  }

  /** The pods of the node as the server has them. */
  truth(): readonly string[] {
    return this.api.history
      .list()
      .filter(({ spec }) => spec.nodeName === NODE)
      .map(({ metadata, status }) => lineOf(metadata, containersOf(status)))
      .toSorted();
  }

  /** The pods that the index has and that were not removed. */
  indexed(): readonly string[] {
    const { index } = this.source;
    const records = [...this.api.history.uids].flatMap((uid) => (index.isDeleted(uid) ? [] : (index.find(uid) ?? [])));
    const strangers = Array.from({ length: index.size - records.length }, () => 'a pod that never was');
    return [...records.map((record) => lineOf(record, record.containers)), ...strangers].toSorted();
  }

  /** Waits until nothing happens any more unless time passes. */
  async rest(): Promise<void> {
    let isOver = false;
    const atRest = async (): Promise<void> => {
      do await turn();
      while (!isOver && !(await this.#isAtRest(() => isOver)));
    };
    try {
      await orGiveUp('rest of the source', atRest(), () => this.log.lines);
    } finally {
      isOver = true;
    }
  }

  /** Lets so many whole milliseconds pass. */
  async pass(milliseconds: number): Promise<void> {
    await this.rest();
    for (let left = milliseconds; left > 0;) {
      const step = Math.min(left, this.#next());
      await this.#advance(step);
      left -= step;
    }
  }

  /** Lets time pass until the index is right, and returns how many milliseconds that took: `most` at most. */
  async passUntilRight(most: number): Promise<number> {
    await this.rest();
    let passed = 0;
    while (!this.isRight()) {
      const step = this.#next();
      if (passed + step > most) {
        assert.deepEqual(this.indexed(), this.truth(), `after ${most} ms\n${this.log.lines.join('\n')}`);
      }
      await this.#advance(step);
      passed += step;
    }
    return passed;
  }

  /** Whole milliseconds until something happens. */
  #next(): number {
    return Math.ceil(Math.min(...this.clock.waits, ...this.serverClock.waits));
  }

  async #advance(milliseconds: number): Promise<void> {
    this.serverClock.advance(milliseconds);
    await this.rest();
    const isDue = this.clock.waits.some((wait) => wait <= milliseconds);
    // The source ends what it does or begins something new.
    if (isDue) this.#due = { requests: this.api.requests.length + 1, waits: this.clock.begun + 1 };
    this.clock.advance(milliseconds);
    await this.rest();
  }

  /** Between two attempts there is one wait; a list is limited by two, a watch by three. */
  get #isBetweenAttempts(): boolean {
    return this.clock.waits.length === 1 && this.clock.begun >= this.#due.waits;
  }

  async #isAtRest(isOver: () => boolean): Promise<boolean> {
    if (this.#isBetweenAttempts) return true;
    const asked = this.api.requests.at(-1);
    if (asked === undefined || this.api.requests.length < this.#due.requests) return false;
    const { response } = asked;
    if (response.destroyed || response.writableEnded) return false;
    const watch = this.api.watches.find((open) => open.response === response);
    if (watch === undefined) return isHeld(response);
    if (!watch.isHeard) return watch.isMute;
    return this.#hasHeardAll(watch, isOver);
  }

  /** Whether the source has taken in whatever this watch has told; if not, something new has happened. */
  async #hasHeardAll(watch: OpenWatch, isOver: () => boolean): Promise<boolean> {
    const { index } = this.source;
    const before = index.otherNodePods;
    const requests = this.api.requests.length;
    // Changes nothing: the index counts it and takes no version from it.
    const { resourceVersion: _, ...metadata } = MARKER.metadata;
    watch.send({ type: 'MODIFIED', object: { ...MARKER, metadata } });
    while (index.otherNodePods === before) {
      const isOutdated = !watch.isHeard || this.#isBetweenAttempts || this.api.requests.length > requests;
      if (isOutdated || isOver()) return false;
      await turn();
    }
    return true;
  }
}

/** Asks the server as an exporter with a kubeconfig would, but for reading one. */
function openPlainly(api: ApiServer, surroundings: Surroundings): PodWatcher {
  const options = api.isInMemory ? { createConnection: () => api.connect() } : { agent: false };
  const server = () => Promise.resolve({ url: api.url, headers: { Authorization: `Bearer ${api.token}` }, options });
  const scope = { path: '/api/v1/pods', fieldSelector: `spec.nodeName=${NODE}` };
  return new PodWatcher({
    api: new PodApi(new ApiClient(server, surroundings.clock), scope, surroundings.random),
    index: new PodIndex({ ...OPTIONS, nodeName: NODE }),
    ...surroundings,
  });
}

function containersOf(status: PodObject['status']): { name: string; id: string | undefined }[] {
  const statuses = (status['containerStatuses'] ?? []) as readonly { name: string; containerID?: string }[];
  return statuses.map(({ name, containerID }) => ({ name, id: containerID?.replace('containerd://', '') }));
}

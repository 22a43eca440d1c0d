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

/** Returns a pod of the node with a running container. */
export function runningPod(name: string, uid: string, containerId: string): PodObject {
  return podObject(name, { metadata: { uid }, status: mainStatus({ containerID: `containerd://${containerId}` }) });
}

type SourceDependencies = Pick<PodWatcherOptions, 'log' | 'clock' | 'random'>;

export interface SourceHarnessOptions extends ApiServerOptions {
  /** Seed of all random numbers. */
  readonly seed?: number;
  /** Overrides how the source is opened. */
  readonly openSource?: (api: ApiServer, dependencies: SourceDependencies) => PodWatcher;
}

/** Describes a pod in one line: `NAMESPACE/NAME UID CONTAINER=ID …`. */
function podLine(
  { namespace, name, uid }: { namespace: string; name: string; uid: string },
  containers: readonly { readonly name: string; readonly id?: string | undefined }[],
): string {
  return [`${namespace}/${name}`, uid, ...containers.map((container) => `${container.name}=${container.id}`)].join(' ');
}

/**
 * A source on a fake clock, with a stand-in API server. The clock advances only while the source is idle, that is, waits
 * for a timer or for data. Test results do not depend on the speed of the machine.
 */
export class SourceHarness {
  readonly api: ApiServer;
  readonly source: PodWatcher;
  readonly log: LogRecord;
  readonly clock: FakeClock;
  /** Clock of the server, advanced together with that of the source. */
  readonly serverClock: FakeClock;
  /** The source is not idle before this number of requests or started timers. */
  #due = { requests: 1, waits: 1 };

  constructor(parts: Pick<SourceHarness, 'api' | 'source' | 'log' | 'clock' | 'serverClock'>) {
    ({ api: this.api, source: this.source, log: this.log, clock: this.clock, serverClock: this.serverClock } = parts);
  }

  /** Starts a server with some pods and opens the source, not started. */
  static async open(context: TestContext, options: SourceHarnessOptions = {}): Promise<SourceHarness> {
    const { seed = 1, openSource = openDirectly } = options;
    const [log, clock, serverClock] = [new LogRecord(), new FakeClock(), new FakeClock()];
    const api = await ApiServer.start({ after: (delay, task) => serverClock.after(delay, task), ...options });
    for (const name of ['a', 'b', 'web-0']) api.setPod(runningPod(name, `uid-${name}`, `${name}-1`));
    api.setPod(podObject('other', { spec: { nodeName: 'node2' } }));
    const source = openSource(api, { log, clock, random: seededRandom(seed) });
    context.after(async () => {
      await source.stop();
      await api.close();
    });
    return new SourceHarness({ api, source, log, clock, serverClock });
  }

  /** Like {@link open}, with a started source that watches. */
  static async watching(context: TestContext, options: SourceHarnessOptions = {}): Promise<SourceHarness> {
    const harness = await SourceHarness.open(context, options);
    await harness.source.start();
    await harness.untilIdle();
    harness.assertInSync();
    return harness;
  }

  /** Updates, deletes, creates and recreates a pod. */
  mutatePods(): void {
    this.api.setPod(runningPod('a', 'uid-a', 'a-2'));
    this.api.deletePod('uid-b');
    this.api.setPod(runningPod('c', 'uid-c', 'c-1'));
    this.api.deletePod('uid-web-0');
    this.api.setPod(runningPod('web-0', 'uid-web-0-again', 'web-0-2'));
  }

  /** Whether index and server have the same UIDs, names and containers. */
  isInSync(): boolean {
    return this.indexedPods().join('\n') === this.serverPods().join('\n');
  }

  assertInSync(): void {
    assert.deepEqual(this.indexedPods(), this.serverPods());
  }

  /** Pods of the node on the server. */
  serverPods(): readonly string[] {
    return this.api.history
      .list()
      .filter(({ spec }) => spec.nodeName === NODE)
      .map(({ metadata, status }) => podLine(metadata, containersOf(status)))
      .toSorted();
  }

  /** Pods in the index, tombstones excluded. */
  indexedPods(): readonly string[] {
    const { index } = this.source;
    const records = [...this.api.history.uids].flatMap((uid) => (index.isDeleted(uid) ? [] : (index.find(uid) ?? [])));
    const unexpected = Array.from({ length: index.size - records.length }, () => 'an unexpected pod');
    return [...records.map((record) => podLine(record, record.containers)), ...unexpected].toSorted();
  }

  /** Waits until the source is idle. */
  async untilIdle(): Promise<void> {
    let isOver = false;
    const pollUntilIdle = async (): Promise<void> => {
      do await turn();
      while (!isOver && !(await this.#isIdle(() => isOver)));
    };
    try {
      await orGiveUp('the idle source', pollUntilIdle(), () => this.log.lines);
    } finally {
      isOver = true;
    }
  }

  /** Advances both clocks. */
  async advance(milliseconds: number): Promise<void> {
    await this.untilIdle();
    for (let left = milliseconds; left > 0;) {
      const step = Math.min(left, this.#nextTimerMs());
      await this.#advanceBy(step);
      left -= step;
    }
  }

  /** Advances both clocks until the index is in sync and returns the elapsed milliseconds; fails after `maxMs`. */
  async advanceUntilInSync(maxMs: number): Promise<number> {
    await this.untilIdle();
    let elapsedMs = 0;
    while (!this.isInSync()) {
      const step = this.#nextTimerMs();
      if (elapsedMs + step > maxMs) {
        assert.deepEqual(this.indexedPods(), this.serverPods(), `after ${maxMs} ms\n${this.log.lines.join('\n')}`);
      }
      await this.#advanceBy(step);
      elapsedMs += step;
    }
    return elapsedMs;
  }

  /** Milliseconds until the next timer. */
  #nextTimerMs(): number {
    return Math.ceil(Math.min(...this.clock.waits, ...this.serverClock.waits));
  }

  async #advanceBy(milliseconds: number): Promise<void> {
    this.serverClock.advance(milliseconds);
    await this.untilIdle();
    const isDue = this.clock.waits.some((wait) => wait <= milliseconds);
    // The source ends the current attempt or starts a new one.
    if (isDue) this.#due = { requests: this.api.requests.length + 1, waits: this.clock.begun + 1 };
    this.clock.advance(milliseconds);
    await this.untilIdle();
  }

  /** Between two attempts one timer is pending; a list has two, a watch three. */
  get #isBetweenAttempts(): boolean {
    return this.clock.waits.length === 1 && this.clock.begun >= this.#due.waits;
  }

  async #isIdle(isOver: () => boolean): Promise<boolean> {
    if (this.#isBetweenAttempts) return true;
    const request = this.api.requests.at(-1);
    if (request === undefined || this.api.requests.length < this.#due.requests) return false;
    const { response } = request;
    if (response.destroyed || response.writableEnded) return false;
    const watch = this.api.watches.find((open) => open.response === response);
    if (watch === undefined) return isHeld(response);
    if (!watch.isHeard) return watch.isMute;
    return this.#hasReceivedAll(watch, isOver);
  }

  /** Whether the source has applied all events of this watch; false if the source has moved on. */
  async #hasReceivedAll(watch: OpenWatch, isOver: () => boolean): Promise<boolean> {
    const { index } = this.source;
    const before = index.otherNodePods;
    const requests = this.api.requests.length;
    // A marker of another node: the index only counts it.
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

/** Opens the source without a kubeconfig file. */
function openDirectly(api: ApiServer, dependencies: SourceDependencies): PodWatcher {
  const options = api.isInMemory ? { createConnection: () => api.connect() } : { agent: false };
  const server = () => Promise.resolve({ url: api.url, headers: { Authorization: `Bearer ${api.token}` }, options });
  const selector = { path: '/api/v1/pods', fieldSelector: `spec.nodeName=${NODE}` };
  return new PodWatcher({
    api: new PodApi(new ApiClient(server, dependencies.clock, dependencies.log), selector, dependencies.random),
    index: new PodIndex({ ...OPTIONS, nodeName: NODE }),
    ...dependencies,
  });
}

function containersOf(status: PodObject['status']): { name: string; id: string | undefined }[] {
  const statuses = (status['containerStatuses'] ?? []) as readonly { name: string; containerID?: string }[];
  return statuses.map(({ name, containerID }) => ({ name, id: containerID?.replace('containerd://', '') }));
}

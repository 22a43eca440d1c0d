import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { openApiSource } from '../../../src/pods/sources/api.ts';
import type { PodWatcher } from '../../../src/pods/sources/pod-watcher.ts';
import { field, list } from '../../../src/base/untrusted-json.ts';
import type { AuditedRequest, ControlPlane, KubeconfigFiles } from '../../support/control-plane.ts';
import { LogRecord } from '../../support/log-record.ts';
import { ScaledClock } from '../../support/scaled-clock.ts';
import { isDeepStrictEqual } from 'node:util';
import { until } from '../../support/until.ts';
import { EXPORTER_USER, NODE_NAME } from './cluster.ts';

/** Seconds of the exporter per second: `CONTROL_PLANE_SPEED=1` for a run in real time. */
const SPEED = Number(process.env['CONTROL_PLANE_SPEED'] ?? 10);

/** For the requests themselves, which no clock makes faster. */
const ALLOWANCE_MS = 30_000;

/** The index of the exporter beside the pods that the API server has. */
export class FollowedIndex {
  readonly clock = new ScaledClock(SPEED);
  readonly log = new LogRecord();
  readonly files: KubeconfigFiles;
  readonly source: PodWatcher;
  readonly #plane: ControlPlane;
  #relists = 0;

  private constructor(plane: ControlPlane, files: KubeconfigFiles) {
    this.#plane = plane;
    this.files = files;
    const { clock, log } = this;
    // The mean of every random delay.
    this.source = openApiSource({
      kubeconfig: files.path,
      nodeName: NODE_NAME,
      podLabels: [],
      podAnnotations: [],
      clock,
      log,
      random: () => 0.5,
    });
  }

  /** Starts with exactly the rights of `deploy/`; resolves when the index is right. */
  static async start(plane: ControlPlane): Promise<FollowedIndex> {
    const token = await plane.admin.token('pod-exporter', 'pod-exporter');
    const followed = new FollowedIndex(plane, plane.kubeconfig('chaos', token));
    await followed.source.start();
    await followed.#right();
    return followed;
  }

  /** How often attempts ended for this reason. */
  ended(reason: string): number {
    return this.source.status.restarts.get(reason) ?? 0;
  }

  /** Requests that reached the API server. */
  requests(): readonly AuditedRequest[] {
    return this.#plane.requests(EXPORTER_USER);
  }

  /** Lets the exporter list, as a scrape does that finds an unknown cgroup, until an attempt ends for this reason. */
  async listUntil(reason: string): Promise<void> {
    const earlier = this.ended(reason);
    await until(`the end of an attempt by ${reason}`, () => {
      this.source.requestRelist([`unknown-${(this.#relists += 1)}`]);
      return this.ended(reason) > earlier;
    });
  }

  /**
   * Waits until the index has the pods of this node that the API server has. Fails if that takes longer than so many
   * seconds of the exporter, besides the time that requests take, or more requests.
   */
  async rightWithin(t: TestContext, seconds: number, maxRequests: number): Promise<void> {
    const [start, earlier] = [performance.now(), this.requests().length];
    await this.#right();
    const passedMs = performance.now() - start;
    const requests = this.requests().length - earlier;
    t.diagnostic(`right after ${(passedMs / 1000).toFixed(1)} s at speed ${SPEED}, ${requests} requests`);
    assert.ok(passedMs <= (seconds * 1000) / SPEED + ALLOWANCE_MS, `${passedMs} ms`);
    assert.ok(requests <= maxRequests, JSON.stringify(this.requests().slice(earlier)));
  }

  async #right(): Promise<void> {
    await until('an index with the pods of the API server', async () =>
      isDeepStrictEqual(this.#indexed(), await this.#existing()),
    );
  }

  #indexed(): readonly string[] {
    return [...this.source.index.records()].map(({ uid }) => uid).toSorted();
  }

  async #existing(): Promise<readonly string[]> {
    const path = `/api/v1/pods?fieldSelector=spec.nodeName%3D${NODE_NAME}`;
    const items = list(field(await this.#plane.admin.request('GET', path), 'items'));
    return items.map((pod) => String(field(field(pod, 'metadata'), 'uid'))).toSorted();
  }
}

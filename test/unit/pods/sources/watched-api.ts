import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openApiSource } from '../../../../src/pods/sources/api.ts';
import type { PodWatcher } from '../../../../src/pods/sources/pod-watcher.ts';
import type { PodSelectorOptions } from '../../../../src/pods/sources/pod-selector.ts';
import type { ReceivedRequest } from '../../../support/api-request.ts';
import { ApiServer } from '../../../support/api-server.ts';
import { equals, until } from '../../../support/until.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { LogRecord } from '../../../support/log-record.ts';
import { OPTIONS, podObject } from '../pod-objects.ts';

export const TOKEN = 'very-secret-token';

export const LIST_FAILED = 'warn cannot list pods, retrying';
export const WATCH_FAILED = 'warn cannot watch pods, retrying';

export interface WatchedApi {
  readonly api: ApiServer;
  readonly source: PodWatcher;
  readonly log: LogRecord;
  readonly clock: FakeClock;
  readonly kubeconfig: string;
}

/**
 * Starts a stand-in API server with the pod `a` at resource version 100 and opens a source for it, not started. Failures
 * are retried without delay unless `random` is set.
 */
export async function watchedApi(
  context: TestContext,
  random = 0,
  selection: PodSelectorOptions = { nodeName: 'node1' },
): Promise<WatchedApi> {
  const api = await ApiServer.start({ token: TOKEN, version: 99 });
  api.setPod(podObject('a'));
  const directory = mkdtempSync(join(tmpdir(), 'pods-api-'));
  const path = join(directory, 'kubeconfig');
  writeFileSync(path, api.kubeconfig);
  const log = new LogRecord();
  const clock = new FakeClock();
  const source = openApiSource({ ...OPTIONS, ...selection, kubeconfig: path, log, clock, random: () => random });
  context.after(async () => {
    await source.stop();
    await api.close();
    rmSync(directory, { recursive: true });
  });
  return { api, source, log, clock, kubeconfig: path };
}

/** Sends an event on an open watch. */
export function send({ response }: ReceivedRequest, type: string, object: object): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}

/** Returns the pod object `name` with a resource version. */
export function podVersion(
  name: string,
  resourceVersion: string,
  fields: { status?: Record<string, unknown> } = {},
): object {
  return podObject(name, { metadata: { resourceVersion }, ...fields });
}

/** Advances the clock by the delay after 401 or 403. */
export async function passUnauthorizedDelay({ clock }: WatchedApi): Promise<void> {
  await until('the delay after 401 or 403', () => clock.waits, equals([30000]));
  clock.advance(30_000);
}

/** Resolves when the index has the pod. */
export async function untilIndexed({ source }: WatchedApi, uid: string): Promise<void> {
  await until(`pod ${uid}`, () => source.index.find(uid));
}

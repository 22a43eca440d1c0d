import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openApiSource } from '../../../../src/pods/sources/api.ts';
import type { PodWatcher } from '../../../../src/pods/sources/pod-watcher.ts';
import type { PodSelectorOptions } from '../../../../src/pods/sources/pod-selector.ts';
import type { Asked } from '../../../support/api-request.ts';
import { ApiServer } from '../../../support/api-server.ts';
import { equals, until } from '../../../support/until.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { LogRecord } from '../../../support/log-record.ts';
import { OPTIONS, podObject } from '../pod-objects.ts';

export const TOKEN = 'very-secret-token';

export const BROKEN_LIST = 'warn listing pods failed and is tried again, what is known is kept';
export const BROKEN_WATCH = 'warn watching pods failed and is tried again, what is known is kept';

export interface WatchedApi {
  readonly api: ApiServer;
  readonly source: PodWatcher;
  readonly log: LogRecord;
  readonly clock: FakeClock;
  readonly kubeconfig: string;
}

/**
 * A stand-in API server with the pod `a` in version 100, and a source for it that is not started. Failures are followed by
 * the next attempt at once, unless `random` says otherwise.
 */
export async function watchedApi(
  context: TestContext,
  random = 0,
  wanted: PodSelectorOptions = { nodeName: 'node1' },
): Promise<WatchedApi> {
  const api = await ApiServer.start({ token: TOKEN, version: 99 });
  api.setPod(podObject('a'));
  const folder = mkdtempSync(join(tmpdir(), 'pods-api-'));
  const path = join(folder, 'kubeconfig');
  writeFileSync(path, api.kubeconfig);
  const log = new LogRecord();
  const clock = new FakeClock();
  const source = openApiSource({ ...OPTIONS, ...wanted, kubeconfig: path, log, clock, random: () => random });
  context.after(async () => {
    await source.stop();
    await api.close();
    rmSync(folder, { recursive: true });
  });
  return { api, source, log, clock, kubeconfig: path };
}

/** Sends an event by hand on an open watch. */
export function send({ response }: Asked, type: string, object: object): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}

/** The pod object `name` in a version of its own. */
export function podVersion(
  name: string,
  resourceVersion: string,
  fields: { status?: Record<string, unknown> } = {},
): object {
  return podObject(name, { metadata: { resourceVersion }, ...fields });
}

/** Lets the time pass that a source waits after it was not let in. */
export async function afterRefusal({ clock }: WatchedApi): Promise<void> {
  await until('the wait after a refusal', () => clock.waits, equals([30000]));
  clock.advance(30_000);
}

/** Resolves when a pod has come into the index. */
export async function known({ source }: WatchedApi, uid: string): Promise<void> {
  await until(`pod ${uid}`, () => source.index.find(uid));
}

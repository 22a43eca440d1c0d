import type { TestContext } from 'node:test';
import { openKubeletSource, type KubeletSourceOptions } from '../../../../src/pods/sources/kubelet.ts';
import type { PodPoller } from '../../../../src/pods/sources/pod-poller.ts';
import { equals, until } from '../../../support/until.ts';
import { selfSigned } from '../../../support/certificates.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { KubeletStandIn } from './kubelet-stand-in.ts';
import { LogRecord } from '../../../support/log-record.ts';
import { OPTIONS, podObject } from '../pod-objects.ts';
import { serviceAccount, type ServiceAccount } from '../../cluster/service-account.ts';

export const TOKEN = 'very-secret-token';

export const LIST_FAILED = 'warn cannot list pods from the kubelet, retrying';
export const LIST_RESUMED = 'info resumed listing pods from the kubelet';

/** Interval between two lists if `random()` returns 0.5. */
export const POLL_INTERVAL_MS = 30_000;

export interface PolledKubelet {
  readonly kubelet: KubeletStandIn;
  readonly source: PodPoller;
  readonly log: LogRecord;
  readonly clock: FakeClock;
  readonly account: ServiceAccount;
}

/**
 * Starts a stand-in kubelet with the pod `a` and opens a source for it, not started. `random()` returns 0.5 unless the
 * options override it.
 */
export async function polledKubelet(
  context: TestContext,
  options: Partial<KubeletSourceOptions> = {},
): Promise<PolledKubelet> {
  const account = serviceAccount(context);
  const certified = selfSigned();
  account.write('token', `${TOKEN}\n`);
  account.write('ca.crt', certified.cert);
  const kubelet = await KubeletStandIn.start(certified);
  context.after(() => kubelet.stop());
  kubelet.pods = [podObject('a')];
  const [log, clock] = [new LogRecord(), new FakeClock()];
  const source = await openKubeletSource({
    ...OPTIONS,
    kubeletUrl: kubelet.url,
    nodeIp: undefined,
    root: account.root,
    log,
    clock,
    random: () => 0.5,
    ...options,
  });
  context.after(() => source.stop());
  return { kubelet, source, log, clock, account };
}

/** Resolves when the only pending timer is a delay of `milliseconds`. */
export async function untilDelay({ clock }: PolledKubelet, milliseconds: number): Promise<void> {
  await until(`a delay of ${milliseconds} ms`, () => clock.waits, equals([milliseconds]));
}

/** Advances the clock to the next attempt, due in `milliseconds`, and waits until it has failed. */
export async function nextFailure(polled: PolledKubelet, milliseconds: number): Promise<void> {
  await untilDelay(polled, milliseconds);
  const failures = (): number => [...polled.source.status.restarts.values()].reduce((sum, count) => sum + count, 0);
  const before = failures();
  polled.clock.advance(milliseconds);
  await until(
    'a failure and the delay after it',
    () => ({ failures: failures(), waits: polled.clock.waits }),
    (seen) => seen.failures > before && seen.waits.length === 1,
  );
}

/** Advances the clock to the next list, due in `milliseconds`, and waits for its response. */
export async function nextList(polled: PolledKubelet, milliseconds = POLL_INTERVAL_MS): Promise<void> {
  await untilDelay(polled, milliseconds);
  const { requests } = polled.kubelet;
  const before = requests.length;
  polled.clock.advance(milliseconds);
  await until(
    'a request',
    () => requests.length,
    (count) => count > before,
  );
  await until('the end of the request', () => polled.clock.waits.length, equals(1));
}

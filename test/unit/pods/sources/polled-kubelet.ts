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

export const BROKEN = 'warn listing the pods of the kubelet failed and is tried again, what is known is kept';
export const MENDED = 'info the pods of the kubelet are listed again';

/** Milliseconds between two lists where `random` is one half. */
export const PERIOD = 30_000;

export interface PolledKubelet {
  readonly kubelet: KubeletStandIn;
  readonly source: PodPoller;
  readonly log: LogRecord;
  readonly clock: FakeClock;
  readonly account: ServiceAccount;
}

/**
 * A stand-in kubelet with the pod `a`, and a source for it that is not started. `random` is one half unless the
 * options say otherwise.
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

/** Resolves when nothing is under way and so many milliseconds are left until the next list. */
export async function waiting({ clock }: PolledKubelet, milliseconds: number): Promise<void> {
  await until(`a wait of ${milliseconds} ms`, () => clock.waits, equals([milliseconds]));
}

/** Lets the next attempt be due, which follows in so many milliseconds, and waits until it has failed. */
export async function nextFailure(polled: PolledKubelet, milliseconds: number): Promise<void> {
  await waiting(polled, milliseconds);
  const failures = (): number => [...polled.source.status.restarts.values()].reduce((sum, count) => sum + count, 0);
  const before = failures();
  polled.clock.advance(milliseconds);
  await until(
    'a failure and the wait after it',
    () => ({ failures: failures(), waits: polled.clock.waits }),
    (seen) => seen.failures > before && seen.waits.length === 1,
  );
}

/** Lets the next list be due, which follows in so many milliseconds, and waits until it has been dealt with. */
export async function nextList(polled: PolledKubelet, milliseconds = PERIOD): Promise<void> {
  await waiting(polled, milliseconds);
  const { asked } = polled.kubelet;
  const before = asked.length;
  polled.clock.advance(milliseconds);
  await until(
    'a request',
    () => asked.length,
    (count) => count > before,
  );
  await until('the end of the request', () => polled.clock.waits.length, equals(1));
}

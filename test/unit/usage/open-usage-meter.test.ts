import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { openUsageMeter, type OpenUsageMeterOptions } from '../../../src/usage/open-usage-meter.ts';
import type { UsageMeter } from '../../../src/usage/usage-meter.ts';
import { httpStatus } from '../../support/api-faults.ts';
import { selfSigned, whyNoCertificates } from '../../support/certificates.ts';
import { equals, until } from '../../support/until.ts';
import { fileTree } from '../kernel/file-tree.ts';
import { KubeletStandIn } from '../pods/sources/kubelet-stand-in.ts';
import { LogRecord } from '../../support/log-record.ts';
import { serviceAccount } from '../cluster/service-account.ts';

const SUMMARY_FAILED = 'warn cannot get ephemeral storage usage from the kubelet, walking directories instead';
const LOGS = { uid: 'u', container: 'app', type: 'logs' } as const;
const STATS = { time: '2026-11-21T05:00:00Z', usedBytes: 4096 };

interface Opened {
  readonly meter: UsageMeter;
  readonly kubelet: KubeletStandIn;
  readonly log: LogRecord;
}

/** A meter and a kubelet whose summary has the logs of one container. */
async function opened(t: TestContext, options: Partial<OpenUsageMeterOptions> = {}): Promise<Opened> {
  const root = fileTree(t, { 'proc/': '' });
  const account = serviceAccount(t);
  const certified = selfSigned();
  account.write('token', 'very-secret-token\n');
  account.write('ca.crt', certified.cert);
  const kubelet = await KubeletStandIn.start(certified);
  t.after(() => kubelet.stop());
  kubelet.summary = JSON.stringify({
    pods: [{ podRef: { uid: 'u' }, containers: [{ name: 'app', logs: STATS }] }],
  });
  const log = new LogRecord();
  const paths = { procfs: join(root, 'proc'), rootfs: root, kubelet: join(root, 'kubelet'), cgroups: () => root };
  const meter = openUsageMeter({
    paths,
    log,
    walkMsPerSecond: 1000,
    maxIoPressurePercent: 100,
    kubeletUrl: kubelet.url,
    kubeletInsecureTls: false,
    root: account.root,
    ...options,
  });
  t.after(() => meter.stop());
  return { meter, kubelet, log };
}

const POD = { uid: 'u', containers: [{ name: 'app', cgroup: '/u' }] };

describe('the summary of a kubelet', { skip: whyNoCertificates }, () => {
  test('is requested with the token', async (t) => {
    const { meter, kubelet, log } = await opened(t);
    meter.updatePods([POD]);
    await until('the measurement', () => meter.find(LOGS));
    assert.deepEqual(meter.find(LOGS), { bytes: 4096, time: Date.parse(STATS.time) / 1000 });
    assert.deepEqual(
      kubelet.requests.map(({ url, authorization }) => `${url} ${authorization}`),
      ['/stats/summary Bearer very-secret-token'],
    );
    assert.deepEqual(log.lines, []);
  });

  const REFUSALS = [
    [httpStatus(403), 'HTTP 403 Forbidden: no permission to get nodes/stats'],
    [httpStatus(500), 'HTTP 500 Internal Server Error'],
  ] as const;
  for (const [fault, cause] of REFUSALS) {
    test(`is logged as unavailable without the token (${cause})`, async (t) => {
      const { meter, kubelet, log } = await opened(t);
      kubelet.faults.push(fault);
      meter.updatePods([POD]);
      await until('the failure', () => log.matching(SUMMARY_FAILED).length, equals(1));
      assert.equal(log.lines[0], `${SUMMARY_FAILED} ${JSON.stringify({ cause })}`);
    });
  }

  test('is logged as unavailable if it is not JSON', async (t) => {
    const { meter, kubelet, log } = await opened(t);
    kubelet.summary = '{"pods":';
    meter.updatePods([POD]);
    await until('the failure', () => log.matching(SUMMARY_FAILED).length, equals(1));
    assert.equal(log.lines[0], `${SUMMARY_FAILED} {"cause":"the summary is not JSON"}`);
  });

  test('is not requested without a token', async (t) => {
    const account = serviceAccount(t);
    const { meter, kubelet, log } = await opened(t, { root: account.root });
    meter.updatePods([POD]);
    await until(
      'a walk',
      () => log.lines,
      (lines) => lines.some((line) => line.includes('cannot measure ephemeral storage')),
    );
    assert.equal(kubelet.requests.length, 0);
    assert.deepEqual(log.matching(SUMMARY_FAILED), []);
  });
});

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

const BROKEN = 'warn the kubelet does not tell of ephemeral storage, directories are walked through instead';
const LOGS = { uid: 'u', container: 'app', type: 'logs' } as const;
const STATS = { time: '2026-11-21T05:00:00Z', usedBytes: 4096 };

interface Opened {
  readonly measuring: UsageMeter;
  readonly kubelet: KubeletStandIn;
  readonly log: LogRecord;
}

/** What measures, with a kubelet that has told of the logs of one container. */
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
  const measuring = openUsageMeter({
    paths,
    log,
    walkMsPerSecond: 1000,
    maxIoPressurePercent: 100,
    kubeletUrl: kubelet.url,
    kubeletInsecureTls: false,
    root: account.root,
    ...options,
  });
  t.after(() => measuring.stop());
  return { measuring, kubelet, log };
}

const POD = { uid: 'u', containers: [{ name: 'app', cgroup: '/u' }] };

describe('a kubelet that measures', { skip: whyNoCertificates }, () => {
  test('is asked with the token for its summary', async (t) => {
    const { measuring, kubelet, log } = await opened(t);
    measuring.updatePods([POD]);
    await until('the measurement', () => measuring.find(LOGS));
    assert.deepEqual(measuring.find(LOGS), { bytes: 4096, time: Date.parse(STATS.time) / 1000 });
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
    test(`that does not tell (${cause}) is reported, without the token`, async (t) => {
      const { measuring, kubelet, log } = await opened(t);
      kubelet.faults.push(fault);
      measuring.updatePods([POD]);
      await until('the failure', () => log.matching(BROKEN).length, equals(1));
      assert.equal(log.lines[0], `${BROKEN} ${JSON.stringify({ cause })}`);
    });
  }

  test('that answers with something else is reported', async (t) => {
    const { measuring, kubelet, log } = await opened(t);
    kubelet.summary = '{"pods":';
    measuring.updatePods([POD]);
    await until('the failure', () => log.matching(BROKEN).length, equals(1));
    assert.equal(log.lines[0], `${BROKEN} {"cause":"the summary is not JSON"}`);
  });

  test('is not asked where there is no token to show', async (t) => {
    const account = serviceAccount(t);
    const { measuring, kubelet, log } = await opened(t, { root: account.root });
    measuring.updatePods([POD]);
    await until(
      'a walk',
      () => log.lines,
      (lines) => lines.some((line) => line.includes('ephemeral storage cannot be measured')),
    );
    assert.equal(kubelet.requests.length, 0);
    assert.deepEqual(log.matching(BROKEN), []);
  });
});

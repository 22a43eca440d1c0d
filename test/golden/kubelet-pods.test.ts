import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openKubeletSource } from '../../src/pods/sources/kubelet.ts';
import { comparedNodes, KEPT, scrapeRecorded, type RecordedNode } from '../support/recorded-node.ts';
import { selfSigned, whyNoCertificates } from '../support/certificates.ts';
import { KubeletStandIn } from '../unit/pods/sources/kubelet-stand-in.ts';
import { LogRecord } from '../support/log-record.ts';
import { serviceAccount } from '../unit/cluster/service-account.ts';

/**
 * The kubelet's own list of pods must name everything as the API server's does. They differ in static pods: the API
 * server has a mirror pod with a UID of its own, which belongs to the node.
 */

async function scrapeByKubelet(context: TestContext, node: RecordedNode): Promise<string> {
  const certified = selfSigned();
  const kubelet = await KubeletStandIn.start(certified);
  context.after(() => kubelet.stop());
  kubelet.list = readFileSync(join(node.folder, 'kubelet/before/pods.json'), 'utf8');
  const account = serviceAccount(context);
  account.write('token', 'token');
  account.write('ca.crt', certified.cert);
  const log = new LogRecord();
  const access = { kubeletUrl: kubelet.url, nodeIp: undefined, root: account.root };
  const text = await scrapeRecorded(node, 'text', openKubeletSource({ ...KEPT, ...access, log }));
  assert.deepEqual(log.matching('warn'), []);
  return text;
}

function isStaticPod(line: string): boolean {
  return line.startsWith('pod_info{namespace="kube-system",pod="static-');
}

for (const node of comparedNodes()) {
  test(`${node.name}: the kubelet's list names what the API server's names`, { skip: whyNoCertificates }, async (t) => {
    const lines = (await scrapeByKubelet(t, node)).split('\n');
    const expected = readFileSync(node.expected, 'utf8').split('\n');
    const others = (line: string): boolean => !isStaticPod(line);
    assert.deepEqual(lines.filter(others), expected.filter(others));
    const [own, mirror] = [lines, expected].map((text) => text.filter(isStaticPod).join('\n'));
    assert.match(own ?? '', /uid="[0-9a-f]{32}"/);
    assert.equal(
      own,
      mirror
        ?.replace(/uid="[^"]*"/, /uid="[^"]*"/.exec(own ?? '')?.[0] ?? '')
        .replace(/workload_kind="Node",workload="[^"]*",/, ''),
    );
  });
}

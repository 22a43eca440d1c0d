import assert from 'node:assert/strict';
import { test } from 'node:test';
import { network } from '../../src/metrics/network.ts';
import { goldenNode, goldenNodes, scrapeRecorded, withRecorded } from '../support/recorded-node.ts';

/** Nodes on which the runtime had abandoned an attempt to start the sandbox of pod `client`. */
const WITH_STRAY = ['v2-systemd-1.37-a', 'v2-systemd-1.37-c'];
const STRAY = 'ea037d024d5ee72a417df3a5827073dc56bf008b42261c4dab76a2e7de97fb56';

for (const name of WITH_STRAY) {
  test(`${name}: an older process of an abandoned attempt is not the sandbox, is reported and asks for no list`, async () => {
    await withRecorded(goldenNode(name), new Set([network.name]), (snapshot) => {
      const client = snapshot.subjects.pod.find(({ pod }) => pod?.name === 'client');
      assert.match(client?.sandbox?.path ?? '', /\/cri-containerd-d54f7405\w+\.scope$/);
      assert.deepEqual(snapshot.unmatched, []);
      assert.equal(snapshot.counts.unmatched, 1);
      const [notice, ...others] = snapshot.notices;
      assert.ok(String(notice?.fields['cgroup']).endsWith(`-${STRAY}.scope`));
      assert.deepEqual(others, []);
      return Promise.resolve();
    });
    const text = await scrapeRecorded(goldenNode(name));
    assert.match(text, /^pod_network_receive_bytes_total\{namespace="shop",pod="client",interface="eth0"\} \d+$/m);
  });
}

for (const node of goldenNodes().filter(({ name, kubelet }) => kubelet !== undefined && !WITH_STRAY.includes(name))) {
  test(`${node.name}: every cgroup of a pod has a name or is a sandbox`, async () => {
    await withRecorded(node, new Set([network.name]), ({ counts, notices, subjects }) => {
      assert.deepEqual([counts.unmatched, notices], [0, []]);
      assert.equal(subjects.pod.filter(({ sandbox }) => sandbox === undefined).length, 0);
      return Promise.resolve();
    });
  });
}

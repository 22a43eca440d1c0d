import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { ControlPlane } from '../../support/control-plane.ts';
import { until } from '../../support/until.ts';
import { createNamespace, createPod, grant, NODE_NAME } from './cluster.ts';
import { FollowedIndex } from './followed-index.ts';
import { expiredToken } from './signed-token.ts';

const OTHER_PODS = 10_000;

/** Pods on other nodes, as etcd stores them. */
function otherPods(count: number): ReadonlyMap<string, object> {
  return new Map(
    Array.from({ length: count }, (_, index) => {
      const name = `other-${index}`;
      const metadata = { name, namespace: 'others', uid: randomUUID(), creationTimestamp: '2026-01-01T00:00:00Z' };
      const containers = [{ name: 'app', image: 'registry.example/app:1' }];
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName: `node-${index % 100}`, containers } };
      return [`/registry/pods/others/${name}`, pod] as const;
    }),
  );
}

/**
 * The index while parts of a real control plane fail. What docs/pods.md states is what must hold: the longest delay
 * between two attempts is 60 s.
 */
describe('the pods of this node are indexed again', () => {
  let plane: ControlPlane;
  let followed: FollowedIndex;
  let pods = 0;

  before(async () => {
    plane = await ControlPlane.start();
    grant(plane, []);
    for (const namespace of ['chaos', 'others']) await createNamespace(plane, namespace);
    await change();
    followed = await FollowedIndex.start(plane);
  });

  after(async () => {
    await followed.source.stop();
    await plane.stop();
  });

  /** Creates a pod on this node and one on another, and deletes an earlier one. */
  async function change(): Promise<void> {
    pods += 1;
    await createPod(plane, 'chaos', `pod-${pods}`, NODE_NAME);
    await createPod(plane, 'chaos', `elsewhere-${pods}`, 'node2');
    const earlier = `/api/v1/namespaces/chaos/pods/pod-${pods - 1}?gracePeriodSeconds=0`;
    if (pods > 1) await plane.admin.request('DELETE', earlier);
  }

  test('after changes, without a request', async (t) => {
    await change();
    await followed.rightWithin(t, 0, 0);
  });

  test('after kill -9 of the API server', async (t) => {
    await plane.kill('kube-apiserver');
    await until('the end of the watch', () => followed.ended('connection') > 0);
    await plane.startApiServer();
    await change();
    await followed.rightWithin(t, 60, 8);
  });

  test('after kill -9 of etcd', async (t) => {
    await plane.kill('etcd');
    await plane.startEtcd();
    await until('a write', () =>
      change().then(
        () => true,
        () => false,
      ),
    );
    await followed.rightWithin(t, 60, 8);
  });

  test('after both have been killed, and the history since the watch is compacted', async (t) => {
    await plane.kill('kube-apiserver');
    await plane.kill('etcd');
    await plane.startEtcd();
    await plane.etcd.put(otherPods(10));
    await plane.etcd.compact();
    await plane.startApiServer();
    await change();
    await followed.rightWithin(t, 60, 8);
    assert.equal(followed.ended('gone'), 1);
  });

  test('after rights are revoked and granted again', async (t) => {
    await plane.admin.request('DELETE', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/pod-exporter');
    // Rights are checked when a watch starts.
    await change();
    await followed.rightWithin(t, 0, 0);
    await followed.listUntil('http_403');
    await change();
    grant(plane, []);
    await followed.rightWithin(t, 60, 4);
  });

  test('after an expired token is rotated', async (t) => {
    const { tokenFile } = followed.files;
    const token = readFileSync(tokenFile, 'utf8');
    writeFileSync(tokenFile, expiredToken(plane, token));
    await followed.listUntil('http_401');
    await change();
    writeFileSync(tokenFile, token);
    await followed.rightWithin(t, 60, 4);
  });

  test('after the authority of the serving certificate is rotated', async (t) => {
    await plane.kill('kube-apiserver');
    plane.rotateAuthority();
    await plane.startApiServer();
    await change();
    await until('a rejected certificate', () =>
      followed.log.lines.some((line) => /UNABLE_TO_|SIGNATURE|CERT/.test(line)),
    );
    copyFileSync(plane.path('ca.crt'), followed.files.caFile);
    await followed.rightWithin(t, 60, 8);
  });

  test(`beside ${OTHER_PODS} pods on other nodes, of which no event and no list has any`, async (t) => {
    const earlier = followed.requests().length;
    await plane.etcd.put(otherPods(OTHER_PODS));
    await change();
    await followed.rightWithin(t, 0, 2);
    await followed.listUntil('requested');
    await change();
    await followed.rightWithin(t, 0, 2);
    await plane.etcd.deletePrefix('/registry/pods/others/');
    await change();
    await followed.rightWithin(t, 0, 2);
    assert.equal(followed.source.index.otherNodePods, 0);
    assert.ok(followed.requests().length - earlier <= 6);
  });

  test('after jumps of the clock', async (t) => {
    for (const seconds of [86_400, -172_800]) {
      followed.clock.jump(seconds);
      await change();
      await followed.rightWithin(t, 0, 2);
    }
  });
});

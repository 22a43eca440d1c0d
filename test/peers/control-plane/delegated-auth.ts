import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ControlPlane } from '../../support/control-plane.ts';
import { recordedFlags } from '../../support/exporter-flags.ts';
import { ExporterProcess } from '../../support/exporter-process.ts';
import { goldenNode } from '../../support/recorded-node.ts';
import { createNamespace, createPod, EXPORTER_USER, grant } from './cluster.ts';
import { expiredToken, resigned } from './signed-token.ts';

/** TokenReviews and SubjectAccessReviews of a real API server, with exactly the rights of `deploy/`. */
export function testDelegatedAuth(plane: () => ControlPlane): void {
  describe('authentication by the API server', () => {
    let exporter: ExporterProcess;

    before(async () => {
      grant(plane(), ['service-monitor', 'tls', 'delegated-auth']);
      await createNamespace(plane(), 'shop');
      await plane().admin.createServiceAccount('shop', 'other');
      const files = plane().kubeconfig('auth', await plane().admin.token('pod-exporter', 'pod-exporter'));
      const flags = [...recordedFlags(goldenNode('v2-systemd')), '--web.auth=kubernetes', `--kubeconfig=${files.path}`];
      exporter = await ExporterProcess.start(flags);
      await exporter.ready();
    });

    after(async () => {
      await exporter.stop();
    });

    async function status(path: string, token: string): Promise<number> {
      const response = await fetch(exporter.url + path, { headers: { Authorization: `Bearer ${token}` } });
      await response.arrayBuffer();
      return response.status;
    }

    test('admits the ServiceAccount of Prometheus to every endpoint', async () => {
      const token = await plane().admin.token('monitoring', 'prometheus-k8s');
      for (const path of ['/metrics', '/metrics/cadvisor', '/metrics/resource', '/stats/summary', '/api/v1/pods']) {
        assert.equal(await status(path, token), 200, path);
      }
    });

    test('forbids a ServiceAccount without the role', async () => {
      assert.equal(await status('/metrics', await plane().admin.token('shop', 'other')), 403);
    });

    test('rejects tokens that are expired, for another audience, of another key, or not tokens', async () => {
      const token = await plane().admin.token('monitoring', 'prometheus-k8s');
      const valid = resigned(plane(), token, { exp: Math.floor(Date.now() / 1000) + 600 });
      assert.equal(await status('/metrics', valid), 200);
      assert.equal(await status('/metrics', expiredToken(plane(), token)), 401);
      const elsewhere = await plane().admin.token('monitoring', 'prometheus-k8s', { audiences: ['vault'] });
      assert.equal(await status('/metrics', elsewhere), 401);
      assert.equal(await status('/metrics', `${token.slice(0, -8)}AAAAAAAA`), 401);
      assert.equal(await status('/metrics', 'wrong'), 401);
    });

    test('rejects the token of a pod that has been deleted', async () => {
      const uid = await createPod(plane(), 'shop', 'client', 'node1');
      const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'client', uid };
      const [used, unused] = [
        await plane().admin.token('shop', 'default', { boundObjectRef }),
        await plane().admin.token('shop', 'default', { boundObjectRef, expirationSeconds: 1200 }),
      ];
      assert.equal(await status('/metrics', used), 403);
      await plane().admin.request('DELETE', '/api/v1/namespaces/shop/pods/client?gracePeriodSeconds=0');
      assert.equal(await status('/metrics', unused), 401);
    });

    test('sends one review of each kind for a token, however often it is used', async () => {
      const reviews = (): readonly string[] =>
        plane()
          .requests(EXPORTER_USER)
          .map(({ uri }) => uri)
          .filter((uri) => uri.endsWith('reviews'));
      const earlier = reviews().length;
      const token = await plane().admin.token('monitoring', 'prometheus-k8s', { expirationSeconds: 1800 });
      const statuses = await Promise.all(Array.from({ length: 20 }, () => status('/metrics', token)));
      assert.deepEqual(new Set(statuses), new Set([200]));
      assert.deepEqual(reviews().slice(earlier), [
        '/apis/authentication.k8s.io/v1/tokenreviews',
        '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      ]);
    });
  });
}

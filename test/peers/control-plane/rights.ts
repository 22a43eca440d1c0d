import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { field, list } from '../../../src/base/untrusted-json.ts';
import type { ControlPlane } from '../../support/control-plane.ts';
import { recordedFlags } from '../../support/exporter-flags.ts';
import { ExporterProcess } from '../../support/exporter-process.ts';
import { goldenNode } from '../../support/recorded-node.ts';
import { equals, until } from '../../support/until.ts';
import { createNamespace, createPod, EXPORTER_USER, grant, NODE_NAME } from './cluster.ts';

const PODS = '/api/v1/pods';

/** Rights on resources of the API, as `verb group/resource`. */
async function rightsOf(plane: ControlPlane, token: string): Promise<readonly string[]> {
  const review = { spec: { namespace: 'pod-exporter' } };
  const answer = await plane.client(token).create('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', review);
  const rules = list(field(field(answer, 'status'), 'resourceRules'));
  return rules.flatMap((rule) =>
    list(field(rule, 'verbs')).flatMap((verb) =>
      list(field(rule, 'resources')).flatMap((resource) =>
        list(field(rule, 'apiGroups')).map((group) => `${String(verb)} ${String(group)}/${String(resource)}`),
      ),
    ),
  );
}

/** The exporter with exactly the rights of `deploy/`. */
export function testRights(plane: () => ControlPlane): void {
  describe('the rights of the exporter', () => {
    let exporter: ExporterProcess;
    let token: string;

    before(async () => {
      grant(plane(), []);
      await createNamespace(plane(), 'rights');
      await createPod(plane(), 'rights', 'here', NODE_NAME);
      await createPod(plane(), 'rights', 'elsewhere', 'node2');
      token = await plane().admin.token('pod-exporter', 'pod-exporter');
      const { path } = plane().kubeconfig('rights', token);
      const node = recordedFlags(goldenNode('v2-systemd')).filter((flag) => !/^--(?:pods|node-name)=/.test(flag));
      const pods = ['--pods=api', `--node-name=${NODE_NAME}`, `--kubeconfig=${path}`];
      exporter = await ExporterProcess.start([...node, ...pods]);
      await exporter.ready();
    });

    after(async () => {
      await exporter.stop();
    });

    async function indexed(): Promise<string | undefined> {
      return /^pod_exporter_pods_indexed (\d+)$/m.exec(await exporter.get('/metrics'))?.[1];
    }

    test('are to list and watch pods, and those of every ServiceAccount', async () => {
      const others = new Set(await rightsOf(plane(), await plane().admin.token('rights', 'default')));
      const own = (await rightsOf(plane(), token)).filter((right) => !others.has(right));
      assert.deepEqual(own.toSorted(), ['list /pods', 'watch /pods']);
    });

    test('suffice to index the pods of this node', async () => {
      const before_ = Number(await indexed());
      await createPod(plane(), 'rights', 'later', NODE_NAME);
      await createPod(plane(), 'rights', 'later-elsewhere', 'node2');
      await until('the new pod', indexed, equals(String(before_ + 1)));
      await plane().admin.request('DELETE', '/api/v1/namespaces/rights/pods/later?gracePeriodSeconds=0');
      await until('the deletion', indexed, equals(String(before_)));
    });

    test('are used for lists and watches of this node only, and every request succeeds', () => {
      const requests = plane()
        .requests(EXPORTER_USER)
        .filter(({ uri }) => uri.startsWith(PODS));
      assert.deepEqual(new Set(requests.map(({ verb }) => verb)), new Set(['list', 'watch']));
      for (const { uri, code } of requests) {
        assert.equal(code, 200, uri);
        const query = new URL(uri, plane().url).searchParams;
        assert.equal(query.get('fieldSelector'), `spec.nodeName=${NODE_NAME}`);
      }
    });
  });
}

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { field, list } from '../../../src/base/untrusted-json.ts';
import { EVERYTHING, VARIANTS } from '../../support/chart-values.ts';
import type { ControlPlane } from '../../support/control-plane.ts';
import { CHART, HELMS, hooks, valueFlags } from '../../support/helm.ts';
import { ALL_COMPONENTS, COMPONENTS, DEPLOY, withKustomization } from '../../support/kustomize.ts';
import { asAdministrator, createNamespace, kubectl } from './cluster.ts';

const PRIVILEGED = { 'pod-security.kubernetes.io/enforce': 'privileged' };
const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' };

/** Applies a directory; throws if kubectl fails or prints a warning. */
function apply(plane: ControlPlane, folder: string, ...flags: readonly string[]): void {
  const output = kubectl(plane, 'apply', '--kustomize', folder, '--warnings-as-errors', ...flags);
  assert.doesNotMatch(output, /warning/i);
}

/** Creates a pod like this one, without storing it; returns the status and what the API server objects to. */
async function admit(plane: ControlPlane, namespace: string, template: unknown): Promise<readonly unknown[]> {
  const pod = { metadata: { name: 'admitted' }, spec: field(template, 'spec') };
  const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All&fieldValidation=Strict`;
  const { status, warnings, body } = await plane.admin.send('POST', path, pod);
  return [status, warnings, status === 201 ? undefined : field(body, 'message')];
}

async function templateOf(plane: ControlPlane, path: string): Promise<unknown> {
  return field(field(await plane.admin.request('GET', `/apis/apps/v1/namespaces/${path}`), 'spec'), 'template');
}

/** Puts the quotas of a namespace in force, as their controller does in a cluster. */
async function enforceQuotas(plane: ControlPlane, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/resourcequotas`;
  for (const quota of list(field(await plane.admin.request('GET', path), 'items'))) {
    const name = String(field(field(quota, 'metadata'), 'name'));
    const hard = field(field(quota, 'spec'), 'hard');
    const patch = { status: { hard, used: { pods: '0' } } };
    await plane.admin.request('PATCH', `${path}/${name}/status`, patch, 'application/merge-patch+json');
  }
}

/** `kubectl apply -k` of every component, and what Pod Security, quotas and priority classes admit. */
export function testManifests(plane: () => ControlPlane): void {
  describe('kubectl apply -k', () => {
    for (const [name, components] of [
      ['no component', []] as const,
      ...COMPONENTS,
      ['all components', ALL_COMPONENTS] as const,
    ]) {
      test(`with ${name} succeeds without a warning, and its pod is admitted`, async () => {
        withKustomization(components, (folder) => apply(plane(), folder));
        await enforceQuotas(plane(), 'pod-exporter');
        const template = await templateOf(plane(), 'pod-exporter/daemonsets/pod-exporter');
        assert.deepEqual(await admit(plane(), 'pod-exporter', template), [201, [], undefined]);
      });
    }

    test('of the example of a sidecar succeeds without a warning where the level is restricted', async () => {
      await createNamespace(plane(), 'sidecar', RESTRICTED);
      apply(plane(), `${DEPLOY}/overlays/sidecar`, '--namespace=sidecar');
      const template = await templateOf(plane(), 'sidecar/deployments/web');
      assert.deepEqual(await admit(plane(), 'sidecar', template), [201, [], undefined]);
    });
  });

  describe('the pod of the DaemonSet', () => {
    let template: unknown;

    before(async () => {
      withKustomization([], (folder) => apply(plane(), folder));
      template = await templateOf(plane(), 'pod-exporter/daemonsets/pod-exporter');
    });

    test('is rejected by the level baseline, for hostPID and the hostPath', async () => {
      await createNamespace(plane(), 'baseline');
      await plane().admin.createServiceAccount('baseline', 'pod-exporter');
      const [status, , message] = await admit(plane(), 'baseline', template);
      assert.equal(status, 403);
      assert.match(
        String(message),
        /violates PodSecurity "baseline:latest": host namespaces \(hostPID=true\), hostPath volumes \(volume "cgroup"\)/,
      );
    });

    test('needs the quota where critical priority classes are limited', async () => {
      await createNamespace(plane(), 'no-quota', PRIVILEGED);
      await plane().admin.createServiceAccount('no-quota', 'pod-exporter');
      const [status, , message] = await admit(plane(), 'no-quota', template);
      assert.match(String(message), /insufficient quota to match these scopes/);
      // Not 403: kube-apiserver reports the missing quota as an internal error.
      assert.equal(status, 500);
    });
  });
}

/** `helm install` of the chart. */
export function testChart(plane: () => ControlPlane): void {
  for (const program of HELMS) {
    describe(`${program} install`, () => {
      const namespace = `with-${program}`;
      const at = (...args: readonly string[]): string => asAdministrator(plane(), program, args);

      before(async () => {
        await createNamespace(plane(), namespace, PRIVILEGED);
      });

      for (const [what, values] of [
        ['the default values', {}],
        ...VARIANTS.map(([name, , each]) => [name, each] as const).filter(([name]) => /TLS|client cert/.test(name)),
        ['all values', EVERYTHING],
      ] as const) {
        test(`succeeds with ${what}, without a warning`, async () => {
          const name = { fullnameOverride: `${program}-pods` };
          const flags = [`--namespace=${namespace}`, ...valueFlags({ ...values, ...name })];
          assert.doesNotMatch(at('install', 'release', CHART, ...flags), /warning/i);
          await enforceQuotas(plane(), namespace);
          const template = await templateOf(plane(), `${namespace}/daemonsets/${program}-pods`);
          assert.deepEqual(await admit(plane(), namespace, template), [201, [], undefined]);
          assert.doesNotMatch(at('uninstall', 'release', `--namespace=${namespace}`), /warning/i);
        });
      }

      test('tests the release with a pod that the level restricted admits', async () => {
        await createNamespace(plane(), `${namespace}-test`, RESTRICTED);
        const [pod] = hooks(program, {});
        assert.deepEqual(await admit(plane(), `${namespace}-test`, pod), [201, [], undefined]);
      });
    });
  }
}

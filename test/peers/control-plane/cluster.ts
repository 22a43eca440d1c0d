import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { field, list, text } from '../../../src/base/untrusted-json.ts';
import type { ControlPlane } from '../../support/control-plane.ts';
import { controlPlaneProgram } from '../../support/control-plane-programs.ts';
import { customResourceDefinitions } from '../../support/custom-resources.ts';
import { kustomized } from '../../support/kustomize.ts';
import { equals, until } from '../../support/until.ts';

/** The node of the tests, as a kubelet registers it. */
export const NODE_NAME = 'node1';

/** The user of the exporter. */
export const EXPORTER_USER = 'system:serviceaccount:pod-exporter:pod-exporter';

/** Creates the definitions of all custom resources in the manifests, and the account of Prometheus. */
export async function prepareCluster(plane: ControlPlane): Promise<void> {
  const { admin } = plane;
  const paths: string[] = [];
  for (const definition of customResourceDefinitions()) {
    await admin.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
    const spec = field(definition, 'spec');
    const [version] = list(field(spec, 'versions'));
    const plural = text(field(field(spec, 'names'), 'plural'));
    paths.push(`/apis/${text(field(spec, 'group'))}/${text(field(version, 'name'))}/${plural}`);
  }
  await createNamespace(plane, 'monitoring');
  await admin.createServiceAccount('monitoring', 'prometheus-k8s');
  for (const path of paths) {
    await until(`the resource ${path}`, async () => (await admin.send('GET', path)).status, equals(200));
  }
}

/** Runs kubectl of the version of the control plane, as its administrator; returns what it printed. Throws if it fails. */
export function kubectl(plane: ControlPlane, ...args: readonly string[]): string {
  return asAdministrator(plane, controlPlaneProgram('kubectl'), args);
}

/** Runs a client of the API server as the administrator; returns what it printed. Throws if it fails. */
export function asAdministrator(plane: ControlPlane, program: string, args: readonly string[]): string {
  const env = { ...process.env, KUBECONFIG: plane.adminKubeconfig };
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env });
  if (error !== undefined) throw error;
  assert.equal(status, 0, `${program} ${args.join(' ')}: ${stderr}`);
  return stdout + stderr;
}

/** Creates the accounts and rights of `deploy/` with these components: everything but what runs pods and monitors. */
export function grant(plane: ControlPlane, components: readonly string[]): void {
  const kinds = /^(?:Namespace|ServiceAccount|(?:Cluster)?Role(?:Binding)?)$/;
  const items = kustomized(components).filter(({ kind }) => kinds.test(kind));
  plane.write('rights.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  kubectl(plane, 'apply', `--filename=${plane.path('rights.json')}`);
}

/** Creates a pod on a node, as a scheduler would have bound it. Returns its UID. */
export async function createPod(
  plane: ControlPlane,
  namespace: string,
  name: string,
  nodeName: string,
): Promise<string> {
  const spec = { nodeName, containers: [{ name: 'app', image: 'registry.example/app:1' }] };
  const pod = await plane.admin.create(`/api/v1/namespaces/${namespace}/pods`, { metadata: { name }, spec });
  return String(field(field(pod, 'metadata'), 'uid'));
}

/** Creates a namespace with its default ServiceAccount, which a controller creates in a cluster. */
export async function createNamespace(
  { admin }: ControlPlane,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  await admin.create('/api/v1/namespaces', { metadata: { name, labels } });
  await admin.createServiceAccount(name, 'default');
}

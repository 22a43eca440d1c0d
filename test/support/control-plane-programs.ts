import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The Go module that pins the programs of a control plane. */
export const CONTROL_PLANE_MODULE = join(import.meta.dirname, '../peers/control-plane');

/** The programs, and their packages. */
export const CONTROL_PLANE_PROGRAMS = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
} as const;

export type ControlPlaneProgram = keyof typeof CONTROL_PLANE_PROGRAMS;

/** Version of a module that go.mod pins, `v1.37.2`. */
export function pinnedVersion(module: string): string {
  const lines = readFileSync(join(CONTROL_PLANE_MODULE, 'go.mod'), 'utf8').split('\n');
  const version = lines
    .map((line) => line.trim().replace(/^require /, ''))
    .find((line) => line.startsWith(`${module} v`));
  if (version === undefined) throw new Error(`go.mod does not require ${module}`);
  return version.split(' ')[1] as string;
}

/** Directory of the built programs, one per version of Kubernetes. */
export function controlPlaneFolder(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(cache, 'pod-exporter-tools', `kubernetes-${pinnedVersion('k8s.io/kubernetes')}`);
}

/** Path of a built program. */
export function controlPlaneProgram(name: ControlPlaneProgram): string {
  return join(controlPlaneFolder(), name);
}

/** Programs that have not been built. */
export function missingPrograms(): readonly ControlPlaneProgram[] {
  const names = Object.keys(CONTROL_PLANE_PROGRAMS) as ControlPlaneProgram[];
  return names.filter((name) => !existsSync(controlPlaneProgram(name)));
}

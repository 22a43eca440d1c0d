import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DEPLOY, objectsOf } from './kustomize.ts';
import type { Manifest } from './manifests.ts';

/** The directory of the chart. */
export const CHART = join(DEPLOY, 'charts/pod-exporter');

/** Programs called Helm, by their names on the PATH: Helm 4 and 3. */
export const HELMS = ['helm4', 'helm3', 'helm'].filter(
  (program) => spawnSync(program, ['version']).error === undefined,
);

/** Runs Helm; `stderr` has its complaints. */
export function helm(
  program: string,
  ...args: readonly string[]
): { readonly status: number; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { status: status ?? -1, stderr: `${stdout}${stderr}` };
}

/** Objects of the chart with `values`, hooks excluded. */
export function charted(program: string, values: object, release = 'pod-exporter'): readonly Manifest[] {
  const flags = Object.entries(values).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);
  const capabilities = ['--kube-version', '1.37.2', '--no-hooks'];
  return objectsOf(program, ['template', release, CHART, '--namespace', 'pod-exporter', ...capabilities, ...flags]);
}

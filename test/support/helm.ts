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
export function charted(program: string, values: object, release = 'pod-exporter', chart = CHART): readonly Manifest[] {
  return rendered(program, values, [release, chart, '--no-hooks']);
}

/** Hooks of the chart with `values`: the pod of `helm test`. */
export function hooks(program: string, values: object): readonly Manifest[] {
  return rendered(program, values, ['pod-exporter', CHART, '--show-only', 'templates/tests/scrape.yaml']);
}

function rendered(program: string, values: object, what: readonly string[]): readonly Manifest[] {
  const target = ['--namespace', 'pod-exporter', '--kube-version', '1.37.2'];
  return objectsOf(program, ['template', ...what, ...target, ...valueFlags(values)]);
}

/** Flags of Helm for values by their paths: `{ 'image.tag': '1' }`. */
export function valueFlags(values: object): readonly string[] {
  return Object.entries(values).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);
}

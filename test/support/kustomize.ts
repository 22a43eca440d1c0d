import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './manifests.ts';

/** The directory of the manifests. */
export const DEPLOY = join(import.meta.dirname, '../../deploy');

/** Why `kubectl kustomize` cannot be run, for a skipped test. */
export function whyNoKustomize(): string | undefined {
  const { error } = spawnSync('kubectl', ['version', '--client']);
  return error === undefined ? undefined : 'needs kubectl';
}

/** The components that create monitors. */
export const MONITORS = ['pod-monitor', 'service-monitor', 'cadvisor-compat', 'volume-stats'] as const;

/** Components that change others, after those that they change; in an order in which all of them can be used. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  tls: [...MONITORS, 'tls'],
  'basic-auth': [...MONITORS, 'tls', 'basic-auth'],
  'cert-manager': [...MONITORS, 'tls', 'cert-manager'],
  'delegated-auth': ['service-monitor', 'tls', 'delegated-auth'],
  'client-certificates': [...MONITORS, 'tls', 'client-certificates'],
};

/**
 * Every component, with those that it requires before it, in the order of the list. Those of the sidecar change the
 * workloads of the reader and are not among them.
 */
export const COMPONENTS: ReadonlyMap<string, readonly string[]> = new Map(
  readdirSync(join(DEPLOY, 'components'))
    .filter((name) => !name.startsWith('sidecar'))
    .map((name) => [name, REQUIRED[name] ?? [name]]),
);

/** All components at once. */
export const ALL_COMPONENTS: readonly string[] = [
  ...[...COMPONENTS.keys()].filter((name) => !(name in REQUIRED)),
  ...Object.keys(REQUIRED),
];

/** Calls `use` with a directory that has a kustomization of `deploy/` with these components. */
export function withKustomization<T>(components: readonly string[], use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-deploy-'));
  try {
    symlinkSync(DEPLOY, join(folder, 'deploy'));
    const kustomization = { resources: ['deploy'], components: components.map((name) => `deploy/components/${name}`) };
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Objects of `kubectl kustomize` for `deploy/` with these components. */
export function kustomized(components: readonly string[]): readonly Manifest[] {
  return withKustomization(components, (folder) => objectsOf('kubectl', ['kustomize', folder]));
}

/** Objects that a program prints as YAML documents. */
export function objectsOf(program: string, args: readonly string[]): readonly Manifest[] {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  assert.equal(status, 0, stderr);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null);
}

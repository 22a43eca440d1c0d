import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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

/** Objects of `kubectl kustomize` for `deploy/` with these components. */
export function kustomized(components: readonly string[]): readonly Manifest[] {
  const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-deploy-'));
  try {
    symlinkSync(DEPLOY, join(folder, 'deploy'));
    const kustomization = { resources: ['deploy'], components: components.map((name) => `deploy/components/${name}`) };
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
    return objectsOf('kubectl', ['kustomize', folder]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Objects that a program prints as YAML documents. */
export function objectsOf(program: string, args: readonly string[]): readonly Manifest[] {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  assert.equal(status, 0, stderr);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null);
}

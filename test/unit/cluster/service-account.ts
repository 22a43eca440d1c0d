import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A folder that stands before the paths of a service account's files. */
export interface ServiceAccount {
  readonly root: string;
  write(name: 'token' | 'ca.crt', content: string): void;
  remove(name: 'token' | 'ca.crt'): void;
}

/** A service account that has no files yet. */
export function serviceAccount(context: TestContext): ServiceAccount {
  const root = mkdtempSync(join(tmpdir(), 'pods-cluster-'));
  context.after(() => rmSync(root, { recursive: true }));
  const folder = join(root, 'var/run/secrets/kubernetes.io/serviceaccount');
  mkdirSync(folder, { recursive: true });
  return {
    root,
    write: (name, content) => writeFileSync(join(folder, name), content),
    remove: (name) => rmSync(join(folder, name)),
  };
}

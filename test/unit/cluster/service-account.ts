import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A root directory for the paths of the service account files. */
export interface ServiceAccount {
  readonly root: string;
  write(name: 'token' | 'ca.crt', content: string): void;
  remove(name: 'token' | 'ca.crt'): void;
}

/** A service account without files. */
export function serviceAccount(context: TestContext): ServiceAccount {
  const root = mkdtempSync(join(tmpdir(), 'pods-cluster-'));
  context.after(() => rmSync(root, { recursive: true }));
  const directory = join(root, 'var/run/secrets/kubernetes.io/serviceaccount');
  mkdirSync(directory, { recursive: true });
  return {
    root,
    write: (name, content) => writeFileSync(join(directory, name), content),
    remove: (name) => rmSync(join(directory, name)),
  };
}

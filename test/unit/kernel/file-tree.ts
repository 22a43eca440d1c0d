import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

/** Contents by path below the root; a path with a trailing slash is an empty directory. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Creates a temporary directory with `files`, removed after the test. */
export function fileTree(t: TestContext, files: Files = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'pod-exporter-unit-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  addFiles(root, files);
  return root;
}

/** Creates `files` and their parent directories below `root`. */
export function addFiles(root: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const full = join(root, path);
    mkdirSync(path.endsWith('/') ? full : dirname(full), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(full, content);
  }
}

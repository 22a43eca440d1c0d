import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

import { mountedHierarchies } from './cgroup-mounts.ts';

/** Why no stand-in node can be made on this machine, in words for a skipped test; `undefined` when it can. */
export function whyNoStandIn(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  const hierarchies = mountedHierarchies();
  if (hierarchies.length === 0) return 'needs a mounted cgroup hierarchy';
  const readOnly = hierarchies.find(({ path }) => !isWritable(path));
  if (readOnly !== undefined) return `needs to write in ${readOnly.path}`;
  if (!succeeds('unshare', ['--net', 'true'])) return 'needs unshare (util-linux) and CAP_SYS_ADMIN';
  if (!succeeds('nsenter', ['--version'])) return 'needs nsenter (util-linux)';
  if (!succeeds('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up'])) {
    return 'needs ip (iproute2) and CAP_NET_ADMIN';
  }
  return undefined;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function succeeds(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

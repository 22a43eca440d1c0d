import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Argv } from './workloads.ts';

/** In a mount namespace of its own, as a runtime starts a container; the image is the machine's own root. */
const START = `mkdir "$1/work" "$1/root" &&
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/fs,workdir=$1/work" "$1/root" &&
mount -t proc proc "$1/root/proc" &&
exec chroot "$1/root" sh -c "$2"`;

/** Why no process can have an overlay for its root here, in words for a skipped test. */
export function whyNoOverlay(folder: string): string | undefined {
  const probe = join(folder, 'probe');
  try {
    const [program = '', ...args] = overlayContainer(probe, 'true');
    execFileSync(program, args, { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'needs overlayfs, unshare, mount and chroot';
  }
}

/** A container that runs a script of the shell; what it writes is in the directory `fs` of its snapshot. */
export function overlayContainer(snapshot: string, script: string): Argv {
  mkdirSync(join(snapshot, 'fs'), { recursive: true });
  return ['unshare', '--mount', 'sh', '-c', START, 'start', snapshot, script];
}

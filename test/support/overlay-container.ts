import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Argv } from './workloads.ts';

const MOUNT = `mkdir "$1/work" "$1/root" &&
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/fs,workdir=$1/work" "$1/root"`;
const ENTER = `mount -t proc proc "$1/root/proc" &&
exec chroot "$1/root" sh -c "$2"`;

/** Why no process can have an overlay for its root here, in words for a skipped test. */
export function whyNoOverlay(folder: string): string | undefined {
  const probe = join(folder, 'probe');
  try {
    const [program = '', ...args] = overlayContainer(probe, 'true');
    execFileSync(program, args, { stdio: 'ignore' });
    unmountOverlay(probe);
    return undefined;
  } catch {
    return 'needs overlayfs, unshare, mount and chroot';
  }
}

/**
 * A container that runs a script of the shell; what it writes is in the directory `fs` of its snapshot. As by a runtime,
 * the overlay is mounted by the node, which {@link unmountOverlay} undoes; the image is the machine's own root.
 */
export function overlayContainer(snapshot: string, script: string): Argv {
  mkdirSync(join(snapshot, 'fs'), { recursive: true });
  const start = `${MOUNT} && exec unshare --mount sh -c "$0" start "$1" "$2"`;
  return ['sh', '-c', start, ENTER, snapshot, script];
}

/** A container that mounts its own overlay in its own mount namespace, as every container with a user namespace can. */
export function selfMountedContainer(snapshot: string, script: string): Argv {
  mkdirSync(join(snapshot, 'fs'), { recursive: true });
  return ['unshare', '--mount', 'sh', '-c', `${MOUNT} && ${ENTER}`, 'start', snapshot, script];
}

/** Unmounts the overlay of a container; its processes keep theirs until they end. */
export function unmountOverlay(snapshot: string): void {
  execFileSync('umount', [join(snapshot, 'root')]);
}

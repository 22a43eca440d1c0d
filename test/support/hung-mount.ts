import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { orGiveUp } from './until.ts';

/** Holds the mount, whose daemon it would be, until its input ends: however the test ends, nothing stays mounted. */
const HOLD = `exec 3<> /dev/fuse
mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 hung "$1" || exit 1
echo mounted
read -r _
umount -l "$1"`;

/** Why no file system that hangs can be mounted on this machine, in words for a skipped test. */
export function whyNoHungMount(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  const script = 'exec 3<> /dev/fuse && mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 hung /mnt';
  try {
    execFileSync('unshare', ['--mount', 'sh', '-c', script], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'needs FUSE (/dev/fuse), mount and unshare (util-linux) and CAP_SYS_ADMIN';
  }
}

/** A file system on which every call hangs, as that of a dead server. */
export class HungMount {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  /** Mounts it at a directory. */
  static async at(directory: string): Promise<HungMount> {
    const holder = spawn('sh', ['-c', HOLD, 'hold', directory], {
      detached: true,
      env: { PATH: process.env['PATH'] },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const mounted = Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')]);
    const [said] = (await orGiveUp(`mount at ${directory}`, mounted)) as [unknown];
    if (!String(said).startsWith('mounted')) throw new Error(`cannot mount at ${directory}: ${String(said)}`);
    return new HungMount(holder);
  }

  /** Unmounts it; the calls that hang fail. */
  async remove(): Promise<void> {
    const exited = once(this.#holder, 'exit');
    this.#holder.stdin?.end();
    await orGiveUp('removal of a hung mount', exited);
  }
}

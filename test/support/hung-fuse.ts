import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';

/** Mounts a FUSE file system at each argument and answers nothing, until standard input ends. */
const DAEMON = `
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
for path in sys.argv[1:]:
    fd = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={fd},rootmode=40000,user_id=0,group_id=0".encode()
    if libc.mount(b"hung", os.fsencode(path), b"fuse", 0, options) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
print("mounted", flush=True)
sys.stdin.read()
`;

/** Why no file system can be made that hangs, as a test's reason to be skipped; false if one can. */
export function whyNoHungFuse(): string | false {
  if (process.getuid?.() !== 0) return 'needs root';
  if (!existsSync('/dev/fuse')) return 'needs /dev/fuse';
  return spawnSync('python3', ['-c', '']).error === undefined ? false : 'needs python3';
}

/** File systems that never answer. */
export class HungFuse {
  readonly #daemon: ChildProcess;
  readonly #points: readonly string[];

  private constructor(daemon: ChildProcess, points: readonly string[]) {
    this.#daemon = daemon;
    this.#points = points;
  }

  /** Mounts one at each of the directories. */
  static async mount(points: readonly string[]): Promise<HungFuse> {
    const daemon = spawn('python3', ['-c', DAEMON, ...points], { stdio: ['pipe', 'pipe', 'inherit'] });
    const hung = new HungFuse(daemon, points);
    const mounted = await Promise.race([once(daemon.stdout, 'data'), once(daemon, 'exit')]);
    if (String(mounted[0]).trim() !== 'mounted') throw new Error('FUSE could not be mounted');
    return hung;
  }

  /** Ends the daemon: every call that waits fails, and so does every other. */
  async end(): Promise<void> {
    if (this.#daemon.exitCode !== null) return;
    const exited = once(this.#daemon, 'exit');
    this.#daemon.stdin?.end();
    await exited;
  }

  /** Ends it and takes the mounts away. */
  async unmount(): Promise<void> {
    await this.end();
    for (const point of this.#points) spawnSync('umount', ['-l', point]);
  }
}

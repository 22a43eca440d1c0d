import { writeSync } from 'node:fs';
import { kill, pid } from 'node:process';
import { workerData } from 'node:worker_threads';

/** The thread of {@link Watchdog}: it runs while the main thread is blocked. */

interface Watched {
  /** The seed of the case in progress; each case notifies. */
  readonly progress: Int32Array<SharedArrayBuffer>;
  readonly name: string;
  readonly timeoutMs: number;
}

const { progress, name, timeoutMs } = workerData as Watched;

for (;;) {
  const seed = Atomics.load(progress, 0);
  if (Atomics.wait(progress, 0, seed, timeoutMs) !== 'timed-out') continue;
  writeSync(2, `FAILED ${name} --seed=${seed}: no end after ${timeoutMs / 1000} s\n`);
  kill(pid, 'SIGKILL');
}

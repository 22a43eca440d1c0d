import { Worker } from 'node:worker_threads';

/** Ends the process and reports the seed if a case does not end in time, even in a loop that never yields. */
export class Watchdog {
  readonly #progress = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;

  constructor(name: string, timeoutMs: number) {
    const workerData = { progress: this.#progress, name, timeoutMs };
    this.#worker = new Worker(new URL('watchdog-worker.ts', import.meta.url), { workerData, execArgv: [] });
    this.#worker.unref();
  }

  /** Runs the case with this seed. */
  watch<T>(seed: number, run: () => T): T {
    Atomics.store(this.#progress, 0, seed);
    Atomics.notify(this.#progress, 0);
    return run();
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

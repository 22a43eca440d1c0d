/** Time, and waiting for it. */
export interface Clock {
  /** Unix seconds. */
  time(): number;
  /** Milliseconds that only ever grow. */
  elapsed(): number;
  /** Calls `task` once after so many milliseconds, unless the function that it returns is called before. */
  after(milliseconds: number, task: () => void): () => void;
}

/** The machine's clock. What waits for it does not keep the process alive. */
export const systemClock: Clock = {
  time: () => Date.now() / 1000,
  elapsed: () => performance.now(),
  after(milliseconds, task) {
    const timer = setTimeout(task, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

/** Waits so many milliseconds, or until the signal is aborted. */
export async function sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const wake = (): void => resolve(undefined);
  const cancel = clock.after(milliseconds, wake);
  signal.addEventListener('abort', wake, { once: true });
  await promise;
  cancel();
  signal.removeEventListener('abort', wake);
}

/**
 * How the image starts the program (a test holds the Dockerfile to it), and the bench with it. A scrape leaves some
 * garbage that dies young; without these the heap grows to many times what is alive before anything is collected.
 */
export const RUNTIME_FLAGS: readonly string[] = [
  // MB of each of the three young spaces; the default of 16 is never needed and fully resident.
  '--max-semi-space-size=1',
  // MB; the smaller the limit, the less the old space may outgrow what is alive.
  '--max-old-space-size=128',
  // One thread is enough to collect and to compile; each has its own pools of memory.
  '--v8-pool-size=1',
  '--optimize-for-size',
];

/** glibc gives every thread an arena of its own, which keeps what it once had. */
export const RUNTIME_ENVIRONMENT: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '1' };

/**
 * Flags of Node.js in the image (a test compares the Dockerfile) and in the bench. A scrape leaves short-lived garbage;
 * without these flags the heap grows to many times its live size before it is collected.
 */
export const RUNTIME_FLAGS: readonly string[] = [
  // MB of each of the three young spaces; the default of 16 becomes fully resident without need.
  '--max-semi-space-size=1',
  // MB; a smaller limit keeps the old space closer to its live size.
  '--max-old-space-size=128',
  // One thread is enough for collection and compilation; each has memory pools of its own.
  '--v8-pool-size=1',
  '--optimize-for-size',
];

/** By default glibc gives every thread an arena of its own, which keeps memory that the thread once used. */
export const RUNTIME_ENVIRONMENT: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '1' };

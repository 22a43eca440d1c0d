/**
 * Flags of Node.js in the image (a test compares the Dockerfile) and in the bench. A scrape creates short-lived garbage;
 * without these flags the heap grows to many times its live size before it is collected.
 */
export const RUNTIME_FLAGS: readonly string[] = [
  // MB of each of the three young spaces; the default of 16 becomes fully resident without need.
  '--max-semi-space-size=1',
  // MB; a smaller limit keeps the old space closer to its live size.
  '--max-old-space-size=128',
  // MB; by default the garbage of the start stays until the old space has grown to half of its limit.
  '--initial-old-space-size=24',
  // One thread is enough for collection and compilation; each thread has its own memory pools.
  '--v8-pool-size=1',
  // Otherwise a process that may signal the exporter can open a debugger in it.
  '--disable-sigusr1',
];

/** By default glibc gives every thread its own arena, which retains memory after use. */
export const RUNTIME_ENVIRONMENT: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '1' };

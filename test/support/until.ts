import { setTimeout as delay } from 'node:timers/promises';
import { inspect, isDeepStrictEqual } from 'node:util';

/** The longest wait for an event. What takes seconds takes minutes on a slow machine that does other work as well. */
export const GIVE_UP_MS = 300_000;

const INTERVAL_MS = 10;

/**
 * Calls `observe` until `isMet` accepts what it returns (unless given: any truthy value), and returns that.
 * Throws after {@link GIVE_UP_MS} with `what`, which names the event, and what was observed last.
 */
export async function until<T>(
  what: string,
  observe: () => T | Promise<T>,
  isMet: (observed: T) => boolean = Boolean,
): Promise<T> {
  let last: T | undefined;
  let isOver = false;
  const poll = async (): Promise<T> => {
    for (;;) {
      last = await observe();
      if (isMet(last) || isOver) return last;
      await delay(INTERVAL_MS);
    }
  };
  try {
    return await orGiveUp(what, poll(), () => last);
  } finally {
    isOver = true;
  }
}

/** For {@link until}: accepts a value that is deeply equal to this one. */
export function equals(expected: unknown): (observed: unknown) => boolean {
  return (observed) => isDeepStrictEqual(observed, expected);
}

/**
 * Settles as `event` does. Rejects after {@link GIVE_UP_MS} with `what`, which names the event, and what `observe`
 * returns then.
 */
export async function orGiveUp<T>(what: string, event: Promise<T>, observe?: () => unknown): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new GaveUp(what, observe)), GIVE_UP_MS);
  try {
    return await Promise.race([event, late]);
  } finally {
    clearTimeout(timer);
  }
}

class GaveUp extends Error {
  constructor(what: string, observe: (() => unknown) | undefined) {
    const observed = observe === undefined ? '' : `; observed instead: ${shown(observe())}`;
    super(`gave up after ${GIVE_UP_MS / 1000} s waiting for ${what}${observed}`);
  }
}

function shown(observed: unknown): string {
  return typeof observed === 'string' ? observed : inspect(observed, { depth: 4, breakLength: 120 });
}

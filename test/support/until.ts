import { setTimeout as delay } from 'node:timers/promises';

const INTERVAL_MS = 10;

/**
 * Asks `condition` again and again until it holds, for what the kernel announces to nobody.
 * Throws when it does not come true within `seconds`; `what` names it in the message.
 */
export async function until(what: string, condition: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await delay(INTERVAL_MS);
  }
}

/** Milliseconds for which a line is not repeated. */
export const REPEAT_INTERVAL_MS = 10 * 60 * 1000;

/** Causes of one message that are written per {@link REPEAT_INTERVAL_MS}. A client may choose the cause. */
export const MAX_CAUSES = 20;

/** Messages that are limited separately. They are constants of this program; further ones share one limit. */
const MAX_MESSAGES = 500;

interface Repeats {
  silentUntil: number;
  suppressed: number;
}

interface MessageRepeats {
  readonly causes: Map<string, Repeats>;
  /** Suppressed lines of causes that are not in the map. */
  suppressed: number;
}

/**
 * Limits how often the same line is written: a message with the same cause once per {@link REPEAT_INTERVAL_MS}, and at
 * most {@link MAX_CAUSES} causes of a message meanwhile. What is suppressed is counted.
 */
export class RepeatLimit {
  readonly #now: () => number;
  readonly #messages = new Map<string, MessageRepeats>();

  /** `now` in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many lines have been suppressed since the last one, if this one may be written; else `undefined`. */
  admit(message: string, cause: string): number | undefined {
    const now = this.#now();
    const repeats = this.#repeats(message);
    const known = repeats.causes.get(cause);
    if (known !== undefined && known.silentUntil > now) {
      known.suppressed++;
      return undefined;
    }
    if (known === undefined && repeats.causes.size >= MAX_CAUSES && !dropExpired(repeats, now)) {
      repeats.suppressed++;
      return undefined;
    }
    const suppressed = repeats.suppressed + (known?.suppressed ?? 0);
    repeats.suppressed = 0;
    repeats.causes.set(cause, { silentUntil: now + REPEAT_INTERVAL_MS, suppressed: 0 });
    return suppressed;
  }

  #repeats(message: string): MessageRepeats {
    const key = this.#messages.has(message) || this.#messages.size < MAX_MESSAGES ? message : '';
    const repeats = this.#messages.get(key) ?? { causes: new Map<string, Repeats>(), suppressed: 0 };
    this.#messages.set(key, repeats);
    return repeats;
  }
}

/** Drops causes that may be written again, but not their counts; returns whether there were any. */
function dropExpired(repeats: MessageRepeats, now: number): boolean {
  const before = repeats.causes.size;
  for (const [cause, { silentUntil, suppressed }] of repeats.causes) {
    if (silentUntil > now) continue;
    repeats.causes.delete(cause);
    repeats.suppressed += suppressed;
  }
  return repeats.causes.size < before;
}

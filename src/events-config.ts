import { numberBetween, wholeNumber } from './flag-values.ts';
import type { Settings } from './settings.ts';

/** What is kept of events, and whether they are logged. */
export interface EventsConfig {
  readonly maxEvents: number;
  readonly maxAgeSeconds: number;
  readonly log: boolean;
}

const MAX_EVENTS = 100_000;

/** Reads the flags of events; nothing unless they are enabled. */
export function eventsConfig(settings: Settings): { readonly events?: EventsConfig } {
  const limits = {
    maxEvents: numberBetween(settings.value('events.max-count'), 1, MAX_EVENTS),
    maxAgeSeconds: wholeNumber(settings.value('events.max-age')),
  };
  return settings.isEnabled('events') ? { events: { ...limits, log: settings.isEnabled('log.events') } } : {};
}

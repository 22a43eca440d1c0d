import type { PlainAnswer } from '../endpoint.ts';
import { textAnswer } from '../plain-answer.ts';

/** What a request asks for besides the collectors. */
export interface PodsParameters {
  /** Milliseconds between events. */
  readonly watchMs?: number;
  /** Milliseconds over which rates are computed. */
  readonly ratesMs?: number;
}

const MAX_WATCH_SECONDS = 60;
const MAX_RATES_SECONDS = 30;

/** Reads `?watch=2s` and `?rates=1s`; a 400 if one of them cannot be used. */
export function podsParameters(query: URLSearchParams): PodsParameters | PlainAnswer {
  const [watch, rates] = [query.get('watch'), query.get('rates')];
  if (watch !== null && rates !== null) return textAnswer(400, 'watch and rates are mutually exclusive');
  if (watch !== null) {
    const watchMs = milliseconds(watch, MAX_WATCH_SECONDS);
    return watchMs === undefined ? invalid('watch', '2s', MAX_WATCH_SECONDS) : { watchMs };
  }
  if (rates === null) return {};
  const ratesMs = milliseconds(rates, MAX_RATES_SECONDS);
  return ratesMs === undefined ? invalid('rates', '1s', MAX_RATES_SECONDS) : { ratesMs };
}

/** `undefined` unless the text is a whole number of seconds from 1 to `max`. */
function milliseconds(text: string, max: number): number | undefined {
  const [, digits] = /^(\d{1,2})s$/.exec(text) ?? [];
  const seconds = Number(digits);
  return seconds >= 1 && seconds <= max ? seconds * 1000 : undefined;
}

function invalid(name: string, example: string, max: number): PlainAnswer {
  return textAnswer(400, `${name} must be a whole number of seconds from 1s to ${max}s, such as ${example}`);
}

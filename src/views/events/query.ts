import type { EventType, PublishedEvent } from '../../events/event.ts';
import type { PlainAnswer } from '../endpoint.ts';
import { textAnswer } from '../plain-answer.ts';

/** Which events a client wants. */
export interface EventQuery {
  /** All if empty. */
  readonly types: ReadonlySet<EventType>;
  readonly namespace: string | undefined;
  readonly pod: string | undefined;
  readonly container: string | undefined;
  /** Unix seconds. */
  readonly since: number | undefined;
  readonly until: number | undefined;
  /** The newest so many. */
  readonly limit: number;
  readonly watch: boolean;
}

const DEFAULT_LIMIT = 1000;

/** Reads the parameters; the answer with status 400 for one that cannot be used. */
export function readEventQuery(query: URLSearchParams, known: readonly EventType[]): EventQuery | PlainAnswer {
  const names = query
    .getAll('types')
    .flatMap((text) => text.split(','))
    .filter((name) => name !== '');
  const types = new Set(known.filter((type) => names.includes(type)));
  const unknown = names.find((name) => !known.some((type) => type === name));
  if (unknown !== undefined)
    return textAnswer(400, `types: unknown type "${unknown}"; the types are ${known.join(', ')}`);
  const since = readTime(query.get('since'));
  const until = readTime(query.get('until'));
  if (Number.isNaN(since) || Number.isNaN(until)) {
    return textAnswer(
      400,
      'since and until: must be Unix seconds or a time with its zone, such as 2026-11-28T12:00:00Z',
    );
  }
  const limit = query.get('limit') ?? String(DEFAULT_LIMIT);
  if (!/^[1-9]\d{0,5}$/.test(limit)) return textAnswer(400, 'limit: must be a number from 1 to 999999');
  const watch = query.get('watch') ?? 'false';
  if (watch !== 'true' && watch !== 'false') return textAnswer(400, 'watch: must be true or false');
  const text = (name: string): string | undefined => query.get(name) ?? undefined;
  const subject = { namespace: text('namespace'), pod: text('pod'), container: text('container') };
  return { types, ...subject, since, until, limit: Number(limit), watch: watch === 'true' };
}

/** RFC 3339, where a `+` that was not encoded has become a blank. A time without a zone would depend on that of the host. */
const RFC_3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+ -]\d\d:\d\d)$/i;

/** Unix seconds; NaN for a text that is no time. */
function readTime(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,12}(?:\.\d{1,9})?$/.test(text)) return Number(text);
  const [, time = '', zone = ''] = RFC_3339.exec(text) ?? [];
  // Date.parse takes February 30 for March 2, and hour 24 for that of the next day.
  const local = new Date(`${time}Z`);
  if (Number.isNaN(local.getTime()) || !local.toISOString().startsWith(time.slice(0, 'yyyy-mm-dd'.length))) return NaN;
  return Date.parse(time + zone.replace(' ', '+')) / 1000;
}

/** Whether an event is one of those that the client wants. */
export function matches(query: EventQuery, event: PublishedEvent): boolean {
  const { types, since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = query;
  if (types.size > 0 && !types.has(event.type)) return false;
  if (event.time < since || event.time > until) return false;
  return NAMES.every((name) => query[name] === undefined || query[name] === event[name]);
}

const NAMES = ['namespace', 'pod', 'container'] as const;

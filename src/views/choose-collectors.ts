import type { PlainAnswer } from './endpoint.ts';
import { textAnswer } from './plain-answer.ts';

/** Unknown collectors that an error quotes at most, and characters of each. */
const MAX_QUOTED = 5;
const MAX_QUOTED_LENGTH = 64;

/**
 * The collectors that `?collect[]=` selects among the enabled ones, or those that `?exclude[]=` leaves; all of them
 * without either. As in node_exporter, excluding a collector that is not enabled has no effect. A 400 that lists the
 * enabled ones if a selected one is unknown; a 400 if both parameters are given.
 */
export function chooseCollectors(query: URLSearchParams, enabled: ReadonlySet<string>): Set<string> | PlainAnswer {
  const selected = query.getAll('collect[]');
  const excluded = new Set(query.getAll('exclude[]'));
  if (selected.length > 0 && excluded.size > 0) {
    return textAnswer(400, 'collect[] and exclude[] are mutually exclusive');
  }
  if (excluded.size > 0) return new Set(enabled).difference(excluded);
  const unknown = selected.filter((name) => !enabled.has(name));
  if (unknown.length === 0) return new Set(selected.length === 0 ? enabled : selected);
  const quoted = unknown.slice(0, MAX_QUOTED).map((name) => JSON.stringify(name.slice(0, MAX_QUOTED_LENGTH)));
  return textAnswer(
    400,
    `unknown or disabled collector: ${quoted.join(', ')}; enabled collectors: ${[...enabled].join(', ')}`,
  );
}

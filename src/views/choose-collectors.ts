import type { PlainAnswer } from './endpoint.ts';
import { textAnswer } from './plain-answer.ts';

/** Unknown collectors that an error quotes at most, and characters of each. */
const MAX_QUOTED = 5;
const MAX_QUOTED_LENGTH = 64;

/**
 * The collectors that `?collect[]=` selects among the enabled ones; all of them without it. A 400 that lists the
 * enabled ones if any of them is unknown.
 */
export function chooseCollectors(query: URLSearchParams, enabled: ReadonlySet<string>): Set<string> | PlainAnswer {
  const selected = query.getAll('collect[]');
  const unknown = selected.filter((name) => !enabled.has(name));
  if (unknown.length === 0) return new Set(selected.length === 0 ? enabled : selected);
  const quoted = unknown.slice(0, MAX_QUOTED).map((name) => JSON.stringify(name.slice(0, MAX_QUOTED_LENGTH)));
  return textAnswer(
    400,
    `unknown or disabled collector: ${quoted.join(', ')}; enabled collectors: ${[...enabled].join(', ')}`,
  );
}

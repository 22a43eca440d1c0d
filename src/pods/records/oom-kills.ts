import type { ContainerRecord } from '../pod.ts';
import { field, text } from '../../base/untrusted-json.ts';

/** How many kills are remembered: a container's status names two, and may name an old one again. */
const REMEMBERED = 8;

type OomKills = Pick<ContainerRecord, 'oomKills' | 'seenOomKills'>;

/**
 * Counts the OOM kills that a container's status tells and that were not seen before. Those already there
 * when the container comes into view do not count: `increase()` needs a counter that begins at 0.
 */
export function countOomKills(status: unknown, previous: ContainerRecord | undefined): OomKills {
  const told = new Set([
    ...oomKill(field(field(status, 'state'), 'terminated')),
    ...oomKill(field(field(status, 'lastState'), 'terminated')),
  ]);
  const seen = previous?.seenOomKills ?? [];
  const fresh = [...told].filter((kill) => !seen.includes(kill));
  const seenOomKills = [...fresh, ...seen].slice(0, REMEMBERED);
  const oomKills = previous === undefined ? 0 : previous.oomKills + fresh.length;
  return seenOomKills.length === 0 ? { oomKills } : { oomKills, seenOomKills };
}

/** What tells one kill from another, while it moves from `state` to `lastState`. */
function oomKill(terminated: unknown): readonly string[] {
  if (field(terminated, 'reason') !== 'OOMKilled') return [];
  const identity = text(field(terminated, 'containerID')) ?? text(field(terminated, 'finishedAt'));
  return identity === undefined ? [] : [identity];
}

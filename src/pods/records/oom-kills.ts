import type { ContainerRecord } from '../pod.ts';
import { field, text } from '../../base/untrusted-json.ts';

/** Counted kills to keep per container. A status has at most two, and may repeat an old one. */
const MAX_SEEN_KILLS = 8;

type OomKills = Pick<ContainerRecord, 'oomKills' | 'seenOomKills'>;

/**
 * Counts the OOM kills in a container status that are not counted yet. Kills in the first status of a container do not
 * count: `increase()` requires a counter that starts at 0.
 */
export function countOomKills(status: unknown, previous: ContainerRecord | undefined): OomKills {
  const kills = new Set([
    ...oomKill(field(field(status, 'state'), 'terminated')),
    ...oomKill(field(field(status, 'lastState'), 'terminated')),
  ]);
  const seen = previous?.seenOomKills ?? [];
  const newKills = [...kills].filter((kill) => !seen.includes(kill));
  const seenOomKills = [...newKills, ...seen].slice(0, MAX_SEEN_KILLS);
  const oomKills = previous === undefined ? 0 : previous.oomKills + newKills.length;
  return seenOomKills.length === 0 ? { oomKills } : { oomKills, seenOomKills };
}

/** Identity of a kill, which stays the same when the kubelet moves it from `state` to `lastState`. */
function oomKill(terminated: unknown): readonly string[] {
  if (field(terminated, 'reason') !== 'OOMKilled') return [];
  const identity = text(field(terminated, 'containerID')) ?? text(field(terminated, 'finishedAt'));
  return identity === undefined ? [] : [identity];
}

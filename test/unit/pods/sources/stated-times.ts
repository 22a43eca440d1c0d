/** What docs/scale.md and docs/pods.md promise, in milliseconds; written down a second time, so that tests hold it. */

/** The first failure is followed by another attempt after a random part of this, the second of twice as much, … */
export const FIRST_WAIT = 1000;
/** … and so on, up to a random part of this. */
export const LONGEST_WAIT = 60_000;

/** A scrape that meets unknown cgroups gets a list so long after the last one it got, and the same cgroup so much later at most. */
export const REQUEST_INTERVAL = 30_000;
export const LONGEST_REQUEST_INTERVAL = 600_000;

/** Who was not let in waits so long, at least and at most. */
export const REFUSED_SHORTEST = 30_000;
export const REFUSED_LONGEST = 60_000;

/** A list ends after so long without a byte, and after so long in all. */
export const LIST_SILENCE = 30_000;
export const LIST_LONGEST = 120_000;

/** A watch ends after so long, however it fares. */
export const WATCH_LONGEST = 510_000;

/** All is listed again so long after the last list, at least and at most. */
export const PERIOD_SHORTEST = 480_000;
export const PERIOD_LONGEST = 720_000;

export const HOUR = 3_600_000;

/**
 * How many requests an hour of failures may cost at most. When the waits have grown, one lasts 30 s on average: that is 120
 * in an hour, and 6 while they grow. After each there is a list, a watch, or both. Waits are random: as many as a
 * quarter more is five standard deviations away.
 */
export function mostRequestsInAnHour(requestsAfterAWait: 1 | 2): number {
  return (120 + 6) * 1.25 * requestsAfterAWait;
}

/** Delays that docs/scale.md and docs/pods.md state; duplicated here so that the tests check the documentation. */

/** Upper bound of the random delay after the first failure. It doubles with each further failure … */
export const INITIAL_DELAY_MS = 1000;
/** … up to this bound. */
export const MAX_DELAY_MS = 60_000;

/** Interval of relists requested by scrapes: the minimum, and the maximum of the backoff per cgroup. */
export const MIN_REQUESTED_RELIST_INTERVAL_MS = 30_000;
export const MAX_REQUESTED_RELIST_INTERVAL_MS = 600_000;

/** Delay after 401 and 403. */
export const MIN_UNAUTHORIZED_DELAY_MS = 30_000;
export const MAX_UNAUTHORIZED_DELAY_MS = 60_000;

/** Timeouts of a list: without data, and in total. */
export const LIST_IDLE_TIMEOUT_MS = 30_000;
export const LIST_TIMEOUT_MS = 120_000;

/** Maximum duration of a watch, its grace period included. */
export const MAX_WATCH_MS = 510_000;

/** Interval of the periodic relist. */
export const MIN_RELIST_INTERVAL_MS = 480_000;
export const MAX_RELIST_INTERVAL_MS = 720_000;

export const HOUR_MS = 3_600_000;

/**
 * Maximum number of requests in an hour of failures. At the maximum backoff the average delay is 30 s: that is 120
 * delays per hour, and 6 while the backoff grows. Each is followed by a list, a watch, or both. Delays are random; the
 * margin of 25 % is five standard deviations.
 */
export function maxRequestsPerHour(requestsPerDelay: 1 | 2): number {
  return (120 + 6) * 1.25 * requestsPerDelay;
}

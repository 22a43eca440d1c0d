/** Name of the last pod; the API server would reject it. */
export const EVIL_NAME = '<img src=x onerror=alert(1)>';

/** A document of `/api/v1/pods` with many pods, for the live page; `busy` is the number of the one that uses CPU. */
export function manyPods(count: number, { busy, time }: { readonly busy: number; readonly time: number }): object {
  return {
    time_seconds: time,
    scope: 'node',
    node: { name: 'node1', cpu: { cores: 8 }, rates: { cpu: { usage_seconds_total: 1 } } },
    collectors: [],
    pods: Array.from({ length: count }, (_, number) => ({
      uid: `uid-${number}`,
      namespace: `team-${number % 7}`,
      name: number === count - 1 ? EVIL_NAME : `sleeper-${number}`,
      start_time_seconds: time - 864_000,
      containers: ['app', 'proxy'].map((name) => ({
        name,
        state: 'running',
        start_time_seconds: time - 864_000,
        restarts_total: 0,
        memory: { working_set_bytes: 2 ** 22, rss_bytes: 2 ** 21 },
        rates: { cpu: { usage_seconds_total: number === busy ? 0.5 : 0 } },
      })),
    })),
  };
}

import type { ApiRequest } from '../src/cluster/api-client.ts';
import { FakeClock } from '../test/support/fake-clock.ts';
import { openWatcher } from './fleet.ts';

/** Requests of one node per idle hour. */
export interface IdleHour {
  readonly lists: number;
  readonly watches: number;
}

const NODES = 50;
const HOURS = 24;
const MINUTE_MS = 60_000;
const EMPTY_LIST = Buffer.from('{"kind":"PodList","metadata":{"resourceVersion":"1"},"items":[]}');

/** Simulates a day on a fake clock, for sources whose server ends each watch at its timeout. */
export async function measureIdleHour(): Promise<IdleHour> {
  const clock = new FakeClock();
  const counts = { lists: 0, watches: 0 };
  const client = {
    async *get({ path, signal }: ApiRequest) {
      const query = new URL(path, 'http://server').searchParams;
      if (query.get('watch') === null) {
        counts.lists++;
        yield await Promise.resolve(EMPTY_LIST);
        return;
      }
      counts.watches++;
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      const cancel = clock.after(Number(query.get('timeoutSeconds')) * 1000, () => resolve(undefined));
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      try {
        await promise;
      } finally {
        cancel();
      }
    },
  };
  const sources = Array.from({ length: NODES }, (_, node) => openWatcher(client, `node${node}`, clock));
  await Promise.all(sources.map((source) => source.start()));
  const start = { ...counts };
  for (let minute = 0; minute < HOURS * 60; minute++) {
    // In small steps, because the end of a watch starts a timer that expires within the same minute.
    for (let part = 0; part < 60; part++) {
      clock.advance(MINUTE_MS / 60);
      await new Promise(setImmediate);
    }
  }
  await Promise.all(sources.map((source) => source.stop()));
  const hourly = (count: number): number => count / NODES / HOURS;
  return { lists: hourly(counts.lists - start.lists), watches: hourly(counts.watches - start.watches) };
}

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { newContainerId } from '../test/support/running-container.ts';
import type { StandInNode } from '../test/support/stand-in-node.ts';

/** The events of a pod of one container. */
export const LIFE: readonly string[] = ['pod_added', 'container_started', 'container_ended', 'pod_removed'];

/** How pods come and go. */
export interface ChurnOptions {
  readonly seconds: number;
  /** Pods per second, whatever the removal of earlier ones takes. */
  readonly rate: number;
  /** How long the cgroup of a pod exists. */
  readonly lifeMs: number;
}

/** Makes pods of one container and removes them; returns their UIDs. `made` is called with the number of pods so far. */
export async function churnPods(
  { tree }: StandInNode,
  { seconds, rate, lifeMs }: ChurnOptions,
  made: (pods: number) => void,
): Promise<readonly string[]> {
  const uids: string[] = [];
  const lives: Promise<void>[] = [];
  const live = async (uid: string): Promise<void> => {
    const pod = tree.makePod({ qos: 'BestEffort', uid });
    tree.makeContainer(pod, newContainerId());
    await delay(lifeMs);
    await tree.removeCgroup(pod);
  };
  const start = performance.now();
  while (uids.length < seconds * rate) {
    const uid = randomUUID();
    uids.push(uid);
    lives.push(live(uid));
    made(uids.length);
    await delay(Math.max(0, start + (uids.length * 1000) / rate - performance.now()));
  }
  await Promise.all(lives);
  return uids;
}

/** An event of a stream. */
export interface Seen {
  readonly type: string;
  readonly uid: string;
}

/** What became of the events of the pods that were made. */
export interface Balance {
  readonly expected: number;
  readonly seen: number;
  readonly lost: number;
  readonly doubled: number;
  /** Pods of which an event was lost. */
  readonly podsWithLoss: number;
  /** Pods whose events arrived in another order. */
  readonly disordered: number;
}

/** Compares the events that were received with those that the pods must have. */
export function balanceOf(uids: readonly string[], seen: readonly Seen[]): Balance {
  const byUid = Map.groupBy(seen, ({ uid }) => uid);
  const types = uids.map((uid) => (byUid.get(uid) ?? []).map(({ type }) => type));
  const missing = types.map((own) => LIFE.filter((type) => !own.includes(type)).length);
  const surplus = types.map((own) => own.length - new Set(own).size);
  const whole = types.filter((_, index) => missing[index] === 0 && surplus[index] === 0);
  return {
    expected: uids.length * LIFE.length,
    seen: sum(types.map(({ length }) => length)),
    lost: sum(missing),
    doubled: sum(surplus),
    podsWithLoss: missing.filter((count) => count > 0).length,
    disordered: whole.filter((own) => own.join() !== LIFE.join()).length,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Opens a stream of events, which is collected until `signal` is aborted. */
export async function openEvents(url: string, seen: Seen[], signal: AbortSignal): Promise<void> {
  const response = await fetch(`${url}/api/v1/events?watch=true`, { signal });
  void collect(response, seen).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

async function collect(response: Response, seen: Seen[]): Promise<void> {
  let rest = '';
  for await (const piece of response.body ?? []) {
    const lines = (rest + Buffer.from(piece).toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data: ')) seen.push(JSON.parse(line.slice(6)) as Seen);
  }
}

import type { ContainerDocument, VolumeDocument } from './document.ts';
import { ratio } from './document.ts';
import type { Figures } from './figures.ts';
import { age, percent } from './format.ts';

/** The columns that a trouble can colour. */
export type Measure =
  | 'cpu'
  | 'throttled'
  | 'memory'
  | 'pressure'
  | 'network'
  | 'drops'
  | 'threads'
  | 'oom'
  | 'restarts'
  | 'state'
  | 'volumes';

/** Something that is wrong. */
export interface Trouble {
  /** Bad: users notice it. Warning: it may become bad, or was. */
  readonly severity: 'bad' | 'warning';
  readonly measure: Measure;
  /** A few words. */
  readonly text: string;
}

/** What happened lately, in seconds ago. */
export interface Recent {
  readonly oomKill?: number | undefined;
  readonly restart?: number | undefined;
}

/** Seconds after which what happened is only a warning. */
const RECENT_SECONDS = 60;

/** Segments per second below which a share of retransmitted ones means nothing. */
const MIN_SEGMENTS = 10;

type Rule = (figures: Figures, recent: Recent) => Trouble | undefined;

function trouble(isBad: boolean, measure: Measure, text: string): Trouble {
  return { severity: isBad ? 'bad' : 'warning', measure, text };
}

/** A trouble if a share exceeds a limit; bad above another one. */
function above(
  share: number | undefined,
  [warning, bad]: readonly [warning: number, bad: number],
  measure: Measure,
  text: (share: number) => string,
): Trouble | undefined {
  return share !== undefined && share > warning ? trouble(share > bad, measure, text(share)) : undefined;
}

/** The thresholds are those of the alerts in deploy/rules, where there is one. */
const RULES: readonly Rule[] = [
  ({ oomKills = 0 }, { oomKill }) => {
    if (oomKill !== undefined && oomKill < RECENT_SECONDS) return trouble(true, 'oom', `OOM kill ${age(oomKill)} ago`);
    return oomKills > 0 ? trouble(false, 'oom', `${oomKills} OOM ${oomKills === 1 ? 'kill' : 'kills'}`) : undefined;
  },
  ({ memory, anonymous, memoryLimit }) => {
    const share = ratio(memory, memoryLimit) ?? 0;
    const isBad = (ratio(anonymous, memoryLimit) ?? 0) > 0.9;
    return share > 0.9 || isBad ? trouble(isBad, 'memory', `memory ${percent(share)} of limit`) : undefined;
  },
  ({ throttled = 0, throttledSeconds = 0 }) =>
    throttled > 0.25 ? trouble(throttledSeconds > 0.1, 'throttled', `throttled ${percent(throttled)}`) : undefined,
  ({ memoryStalled, memoryWaiting }) =>
    above(memoryStalled, [0.1, 0.1], 'pressure', (share) => `stalled on memory ${percent(share)}`) ??
    above(memoryWaiting, [0.1, 1], 'pressure', (share) => `waits for memory ${percent(share)}`),
  ({ ioStalled, ioWaiting }) =>
    above(ioStalled, [0.3, 0.3], 'pressure', (share) => `stalled on I/O ${percent(share)}`) ??
    above(ioWaiting, [0.3, 1], 'pressure', (share) => `waits for I/O ${percent(share)}`),
  // A throttled container waits as well.
  ({ cpuWaiting, throttled = 0 }) =>
    throttled > 0.25
      ? undefined
      : above(cpuWaiting, [0.5, 1], 'pressure', (share) => `waits for CPU ${percent(share)}`),
  ({ retransmitted, sentSegments = 0 }) =>
    sentSegments > MIN_SEGMENTS
      ? above(retransmitted, [0.01, 0.05], 'network', (share) => `retransmits ${percent(share)}`)
      : undefined,
  ({ listenOverflows = 0 }) => (listenOverflows > 0 ? trouble(true, 'drops', 'accept queue full') : undefined),
  ({ droppedPackets = 0 }) =>
    droppedPackets > 0 ? trouble(false, 'drops', `drops ${Math.ceil(droppedPackets)} packets/s`) : undefined,
  ({ threads, threadsMax }) =>
    above(ratio(threads, threadsMax), [0.9, 0.9], 'threads', (share) => `threads ${percent(share)} of limit`),
  (_, { restart }) => {
    if (restart === undefined) return undefined;
    return trouble(restart < RECENT_SECONDS, 'restarts', `restarted ${age(restart)} ago`);
  },
];

/** What is wrong with a pod or container by its figures, the worst first. */
export function troublesOf(figures: Figures, recent: Recent): readonly Trouble[] {
  return RULES.flatMap((rule) => rule(figures, recent) ?? []);
}

/** Reasons of waiting and of termination that are no trouble. */
const STARTING = new Set(['ContainerCreating', 'PodInitializing']);

/** What is wrong with the state of a container. */
export function stateTroubles({ state, state_reason: reason }: ContainerDocument): readonly Trouble[] {
  if (state === 'waiting' && !STARTING.has(reason ?? '')) return [trouble(true, 'state', reason ?? 'waiting')];
  if (state === 'terminated' && reason !== 'Completed') return [trouble(true, 'state', reason ?? 'terminated')];
  return [];
}

/** What is wrong with the volumes of a pod. */
export function volumeTroubles(volumes: readonly VolumeDocument[] = []): readonly Trouble[] {
  return volumes.flatMap(({ name, stuck, available_bytes: available, capacity_bytes: capacity }) => {
    if (stuck === true) return [trouble(true, 'volumes', `volume ${name} does not respond`)];
    const free = ratio(available, capacity);
    return (
      above(
        free === undefined ? undefined : 1 - free,
        [0.9, 0.97],
        'volumes',
        (share) => `volume ${name} ${percent(share)} full`,
      ) ?? []
    );
  });
}

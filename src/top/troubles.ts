import type { ContainerDocument, VolumeDocument } from './document.ts';
import { ratio } from './document.ts';
import type { Figures } from './figures.ts';
import { age, percent } from './format.ts';
import { LIMITS, shareLeft } from './limits.ts';

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

type Rule = (figures: Figures, recent: Recent) => Trouble | undefined;

function trouble(isBad: boolean, measure: Measure, text: string): Trouble {
  return { severity: isBad ? 'bad' : 'warning', measure, text };
}

/** A trouble if a share exceeds a limit; bad above another one, if there is one. */
function above(
  share: number | undefined,
  { warning, bad = Number.POSITIVE_INFINITY }: { readonly warning: number; readonly bad?: number },
  measure: Measure,
  text: (share: number) => string,
): Trouble | undefined {
  return share !== undefined && share > warning ? trouble(share > bad, measure, text(share)) : undefined;
}

/** Bad as soon as a share exceeds a limit. */
function badAbove(limit: number): { readonly warning: number; readonly bad: number } {
  return { warning: limit, bad: limit };
}

const RULES: readonly Rule[] = [
  ({ oomKills = 0 }, { oomKill }) => {
    if (oomKill !== undefined && oomKill < RECENT_SECONDS) return trouble(true, 'oom', `OOM kill ${age(oomKill)} ago`);
    return oomKills > 0 ? trouble(false, 'oom', `${oomKills} OOM ${oomKills === 1 ? 'kill' : 'kills'}`) : undefined;
  },
  ({ anonymous, memoryLimit }) =>
    above(ratio(anonymous, memoryLimit), badAbove(LIMITS.memory), 'memory', (share) => `memory ${percent(share)}`),
  ({ throttled = 0, throttledSeconds = 0 }) =>
    throttled > LIMITS.throttledPeriods
      ? trouble(throttledSeconds > LIMITS.throttledSeconds, 'throttled', `throttled ${percent(throttled)}`)
      : undefined,
  ({ memoryStalled: stalled, memoryWaiting: waiting }) =>
    above(stalled, badAbove(LIMITS.memoryStalled), 'pressure', (share) => `memory stall ${percent(share)}`) ??
    above(waiting, { warning: LIMITS.memoryWaiting }, 'pressure', (share) => `memory wait ${percent(share)}`),
  ({ ioStalled: stalled, ioWaiting: waiting }) =>
    above(stalled, badAbove(LIMITS.ioStalled), 'pressure', (share) => `I/O stall ${percent(share)}`) ??
    above(waiting, { warning: LIMITS.ioWaiting }, 'pressure', (share) => `I/O wait ${percent(share)}`),
  // A throttled container waits as well.
  ({ cpuWaiting, throttled = 0 }) =>
    throttled > LIMITS.throttledPeriods
      ? undefined
      : above(cpuWaiting, { warning: LIMITS.cpuWaiting }, 'pressure', (share) => `CPU wait ${percent(share)}`),
  ({ retransmitted, sentSegments = 0 }) =>
    sentSegments > LIMITS.sentSegments
      ? above(retransmitted, LIMITS.retransmitted, 'network', (share) => `retransmits ${percent(share)}`)
      : undefined,
  ({ listenOverflows = 0 }) => (listenOverflows > 0 ? trouble(false, 'drops', 'accept queue full') : undefined),
  ({ droppedPackets = 0 }) =>
    droppedPackets > 0 ? trouble(false, 'drops', `drops ${Math.ceil(droppedPackets)}/s`) : undefined,
  ({ threads, threadsMax }) =>
    above(ratio(threads, threadsMax), badAbove(LIMITS.threads), 'threads', (share) => `threads ${percent(share)}`),
  (_, { restart }) => {
    if (restart === undefined) return undefined;
    return trouble(restart < RECENT_SECONDS, 'restarts', `restart ${age(restart)} ago`);
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
  return volumes.flatMap((volume) => {
    if (volume.stuck === true) return [trouble(true, 'volumes', `volume ${volume.name} stuck`)];
    const left = shareLeft(volume);
    if (left >= LIMITS.volumeLeft.warning) return [];
    return [trouble(left < LIMITS.volumeLeft.bad, 'volumes', `volume ${volume.name} ${percent(1 - left)} full`)];
  });
}

import type { VolumeObject } from './document.ts';
import { ratio } from './document.ts';
import { bytes, count, duration, percent } from './format.ts';
import { LIMITS, shareLeft } from '../src/top/limits.ts';
import { type NumberName, NUMBERS, type Source } from './source.ts';

/** Something that is wrong with a container or a pod. */
export interface Problem {
  readonly level: 'critical' | 'warning';
  /** What it is, whatever its figures are; unique in a row. */
  readonly kind: string;
  /** The number that is coloured. */
  readonly number?: NumberName;
  /** A few words for the table. */
  readonly short: string;
  /** A sentence with the numbers and the limit. */
  readonly reason: string;
}

type Rule = (source: Source) => readonly (Problem | undefined)[];

const RULES: readonly Rule[] = [
  (source) => [oomKilled(source)],
  (source) => [notRunning(source) ?? restarted(source)],
  (source) => [throttled(source)],
  (source) => [nearMemoryLimit(source)],
  (source) => [stalled(source, 'memory') ?? waiting(source, 'memory')],
  (source) => [stalled(source, 'io') ?? waiting(source, 'io')],
  // A throttled container waits as well.
  (source) => [throttled(source) === undefined ? waiting(source, 'cpu') : undefined],
  (source) => [nearThreadsLimit(source)],
  (source) => [retransmitting(source)],
  (source) => [
    perSecondOf(source, 'listenOverflows', 'accept queue full', 'connections per second find a full accept queue'),
    perSecondOf(source, 'networkErrors', 'network errors', 'packets per second have errors'),
    perSecondOf(source, 'drops', 'packets dropped', 'packets per second are dropped'),
  ],
  ({ pod, ofPod }) => (ofPod ? (pod.volumes ?? []).map(volumeProblem) : []),
];

/** The problems of a row, the worst first. */
export function problemsOf(source: Source): readonly Problem[] {
  const found = RULES.flatMap((rule) => rule(source)).filter((problem) => problem !== undefined);
  return found.toSorted(byLevel);
}

/** Critical problems come first. */
export function byLevel(left: Problem, right: Problem): number {
  return WEIGHT[right.level] - WEIGHT[left.level];
}

const WEIGHT = { critical: 100, warning: 10 } as const;

/** How bad problems are together, to sort by. */
export function severity(problems: readonly Problem[]): number {
  return problems.reduce((total, { level }) => total + WEIGHT[level], 0);
}

function oomKilled(source: Source): Problem | undefined {
  const kills = NUMBERS.oomKills(source) ?? 0;
  if (kills === 0) return undefined;
  const { oomKills: recent } = source.recent;
  const total = `${count(kills)} OOM ${kills === 1 ? 'kill' : 'kills'}`;
  const cell = { kind: 'oomKills', number: 'oomKills' } as const;
  if (recent === 0) {
    return { ...cell, level: 'warning', short: total, reason: `${total}, none in the last minutes.` };
  }
  const reason = `${total}, ${count(recent)} of them in the last minutes: it uses more memory than its limit.`;
  return { ...cell, level: 'critical', short: 'OOM-killed', reason };
}

/** Reasons for which a container waits that pass without help. */
const TRANSIENT = new Set(['ContainerCreating', 'PodInitializing']);

function notRunning({ container }: Source): Problem | undefined {
  const { state, state_reason: why = '' } = container ?? {};
  const isWrong =
    (state === 'waiting' && !TRANSIENT.has(why)) || (state === 'terminated' && why !== 'Completed' && why !== '');
  if (!isWrong) return undefined;
  const reason = `The container is ${state}${why === '' ? '' : `: ${why}`}.`;
  return { level: 'critical', kind: 'state', short: why === '' ? state : why, reason };
}

function restarted(source: Source): Problem | undefined {
  const restarts = NUMBERS.restarts(source) ?? 0;
  const age = NUMBERS.age(source) ?? Number.POSITIVE_INFINITY;
  if (source.container === undefined || restarts === 0 || age > LIMITS.restartSeconds) return undefined;
  const level = source.recent.restarts > 1 ? 'critical' : 'warning';
  const reason = `Restarted ${duration(age)} ago, ${count(restarts)} restarts in total.`;
  return { level, kind: 'restarts', number: 'restarts', short: 'restarted', reason };
}

function throttled(source: Source): Problem | undefined {
  const share = NUMBERS.throttled(source) ?? 0;
  if (source.container === undefined || share <= LIMITS.throttledPeriods) return undefined;
  const seconds = NUMBERS.throttledSeconds(source) ?? 0;
  const reason = `Throttled by its CPU limit in ${percent(share)} of the periods, for ${seconds.toFixed(2)} s per second.`;
  const level = seconds > LIMITS.throttledSeconds ? 'critical' : 'warning';
  return { level, kind: 'throttled', number: 'throttled', short: `throttled ${percent(share)}`, reason };
}

function nearMemoryLimit(source: Source): Problem | undefined {
  const [anon, limit] = [NUMBERS.anon(source), NUMBERS.memoryLimit(source)];
  const share = ratio(anon, limit) ?? 0;
  if (anon === undefined || limit === undefined || share <= LIMITS.memory) return undefined;
  const reason = `${bytes(anon)} of anonymous memory, which cannot be reclaimed, are ${percent(share)} of the limit of ${bytes(limit)}.`;
  return { level: 'critical', kind: 'memory', number: 'memoryShare', short: `memory ${percent(share)}`, reason };
}

const PRESSURE = {
  memory: { waiting: 'memoryPressure', stalled: 'memoryStalled', on: 'memory' },
  io: { waiting: 'ioPressure', stalled: 'ioStalled', on: 'I/O' },
  cpu: { waiting: 'cpuPressure', on: 'CPU' },
} as const;

function stalled(source: Source, kind: 'memory' | 'io'): Problem | undefined {
  const { waiting: number, stalled: all, on } = PRESSURE[kind];
  const share = NUMBERS[all](source) ?? 0;
  if (share <= LIMITS[`${kind}Stalled`]) return undefined;
  const reason = `All its tasks were stalled on ${on} for ${percent(share)} of the time.`;
  return { level: 'critical', kind: all, number, short: `stalled on ${on}`, reason };
}

function waiting(source: Source, kind: keyof typeof PRESSURE): Problem | undefined {
  const { waiting: number, on } = PRESSURE[kind];
  const share = NUMBERS[number](source) ?? 0;
  if (share <= LIMITS[`${kind}Waiting`]) return undefined;
  const reason = `Tasks were waiting for ${on} for ${percent(share)} of the time.`;
  return { level: 'warning', kind: number, number, short: `waiting for ${on}`, reason };
}

function nearThreadsLimit(source: Source): Problem | undefined {
  const share = ratio(NUMBERS.threads(source), NUMBERS.threadsLimit(source)) ?? 0;
  if (share <= LIMITS.threads) return undefined;
  const reason = `${percent(share)} of the limit of ${count(NUMBERS.threadsLimit(source) ?? 0)} threads.`;
  return { level: 'critical', kind: 'threads', number: 'threads', short: `threads ${percent(share)}`, reason };
}

function retransmitting(source: Source): Problem | undefined {
  const share = NUMBERS.retransmitted(source) ?? 0;
  const syn = NUMBERS.synRetransmits(source) ?? 0;
  const again = NUMBERS.retransmittedSegments(source) ?? 0;
  const isMeant = (NUMBERS.sentSegments(source) ?? 0) > LIMITS.sentSegments;
  if (isMeant && share > LIMITS.retransmitted.warning) {
    const level = share > LIMITS.retransmitted.bad ? 'critical' : 'warning';
    const reason = `${count(again)} TCP segments per second are retransmitted, ${percent(share)} of those sent: packets are lost.`;
    return { level, kind: 'retransmitted', number: 'retransmitted', short: `retransmits ${percent(share)}`, reason };
  }
  if (syn === 0) return undefined;
  const reason = `${count(syn)} SYN segments per second are retransmitted: a peer does not answer.`;
  return { level: 'warning', kind: 'synRetransmits', number: 'retransmitted', short: 'SYN retransmits', reason };
}

function perSecondOf(source: Source, name: NumberName, short: string, what: string): Problem | undefined {
  const value = NUMBERS[name](source) ?? 0;
  if (value === 0) return undefined;
  return { level: 'warning', kind: name, number: 'drops', short, reason: `${count(value)} ${what}.` };
}

/** What is wrong with a volume. */
export function volumeProblem(volume: VolumeObject): Problem | undefined {
  const { name, stuck } = volume;
  const kind = `volume ${name}`;
  if (stuck === true) {
    const reason = `Volume ${name} does not answer: statfs has not returned, and programs that use it may hang.`;
    return { level: 'critical', kind, short: `volume ${name} stuck`, reason };
  }
  const left = shareLeft(volume);
  if (left >= LIMITS.volumeLeft.warning) return undefined;
  const level = left < LIMITS.volumeLeft.bad ? 'critical' : 'warning';
  const reason = `Volume ${name} has ${percent(left)} of its space or inodes left.`;
  return { level, kind, short: `volume ${name} ${percent(1 - left)} full`, reason };
}

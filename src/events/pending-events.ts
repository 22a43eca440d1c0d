import type { Clock } from '../base/clock.ts';
import { present } from '../base/untrusted-json.ts';
import type { ContainerRecord, Termination } from '../pods/pod.ts';
import type { PodIndex } from '../pods/pod-index.ts';
import type { NodeEvent } from './event.ts';
import { OutsideNaming, shortName, type OutsideNames } from './outside-naming.ts';

/** For which an event waits for its names, and an end for the exit code in the status. */
const HOLD_MS = 10_000;

const POLL_MS = 200;

/** Bounds the memory if thousands of containers start at once. */
const MAX_PENDING = 5000;

interface PendingEvent {
  readonly event: NodeEvent;
  /** Of a removed pod: see {@link PendingEvents.add}. */
  readonly isUnseen: boolean;
  /** Of {@link Clock.elapsed}: the time of the event changes its distance when the clock is set. */
  readonly addedAtMs: number;
}

export interface PendingEventsParts {
  /** Absent where pods are not known: nothing is held then. */
  readonly index: PodIndex | undefined;
  /** Absent without a container engine: containers outside of pods have their short IDs. */
  readonly names?: OutsideNames | undefined;
  readonly clock: Clock;
  readonly publish: (event: NodeEvent) => void;
}

/**
 * Names events and publishes them. The cgroup of a container exists before the status with its ID: an event is held
 * until the index has its names. A container that no status names is the sandbox of its pod and has no events.
 */
export class PendingEvents {
  readonly #parts: PendingEventsParts;
  #pending: PendingEvent[] = [];
  #cancelTimer: (() => void) | undefined;
  #generation: number | undefined = -1;
  readonly #outside: OutsideNaming;

  constructor(parts: PendingEventsParts) {
    this.#parts = parts;
    this.#outside = new OutsideNaming(parts.names);
  }

  /** `isUnseen`: no container of the removed pod was seen, so that those that its status has are published as well. */
  add(event: NodeEvent, { isUnseen } = { isUnseen: false }): void {
    const pending = { event, isUnseen, addedAtMs: this.#parts.clock.elapsed() };
    // The start of a container is published before its end.
    if (this.#parts.index?.generation !== this.#generation || isOutside(event)) this.#flush();
    if (this.#settle(pending, false)) return;
    this.#pending.push(pending);
    this.#schedule();
  }

  close(): void {
    this.#cancelTimer?.();
  }

  #flush(): void {
    const { index, clock } = this.#parts;
    const now = clock.elapsed();
    const isChanged = index === undefined || index.generation !== this.#generation;
    const overflow = this.#pending.length - MAX_PENDING;
    this.#generation = index?.generation;
    this.#pending = this.#pending.filter((pending, position) => {
      const isLate = now - pending.addedAtMs >= HOLD_MS || position < overflow;
      const mayBeNamed = isChanged || isOutside(pending.event);
      return !((mayBeNamed || isLate) && this.#settle(pending, isLate));
    });
    this.#schedule();
  }

  #schedule(): void {
    if (this.#pending.length === 0 || this.#cancelTimer !== undefined) return;
    this.#cancelTimer = this.#parts.clock.after(POLL_MS, () => {
      this.#cancelTimer = undefined;
      this.#flush();
    });
  }

  /** Publishes or drops an event; false if it has to wait. */
  #settle({ event, isUnseen }: PendingEvent, isLate: boolean): boolean {
    const { index, publish } = this.#parts;
    if (isOutside(event)) {
      const named = this.#outside.named(event, isLate);
      if (named !== undefined) publish(named);
      return named !== undefined;
    }
    if (index === undefined) {
      publish({ ...event, ...shortName(event) });
      return true;
    }
    const record = index.find(event.uid ?? '');
    if (record === undefined) {
      if (isLate) publish(event);
      return isLate;
    }
    const named = { ...event, namespace: record.namespace, pod: record.name };
    if (event.containerId === undefined) return this.#settlePod(named, isUnseen ? record.containers : [], isLate);
    return this.#settleContainer(named, record.containers, isLate);
  }

  /** `unseen`: containers of a removed pod that only the status of the pod has. */
  #settlePod(event: NodeEvent, unseen: readonly ContainerRecord[], isLate: boolean): boolean {
    if (!isLate && !unseen.every(hasEnded)) return false;
    for (const each of unseen.flatMap((container) => livesOf(event, container))) this.#parts.publish(each);
    this.#parts.publish(event);
    return true;
  }

  #settleContainer(event: NodeEvent, containers: readonly ContainerRecord[], isLate: boolean): boolean {
    const id = event.containerId;
    const found = containers.find((each) => each.id === id || each.ended?.id === id);
    // A sandbox: no status has it, although those of the pod's containers have arrived.
    if (found === undefined) return isLate;
    const named = { ...event, container: found.name };
    if (event.type !== 'container_ended') {
      this.#parts.publish(named);
      return true;
    }
    const isKnown = found.ended?.id === id;
    if (isKnown || isLate) this.#parts.publish(isKnown ? { ...named, ...outcomeOf(found.ended) } : named);
    return isKnown || isLate;
  }
}

/** Whether it is about a container that belongs to no pod. */
function isOutside({ uid, containerId }: NodeEvent): boolean {
  return uid === undefined && containerId !== undefined;
}

/** Whether the status has how the container ended, and no later start. */
function hasEnded({ id, ended }: ContainerRecord): boolean {
  return ended !== undefined && (id === undefined || id === ended.id);
}

/** The events of a container of a removed pod, of which only the status is left. */
function livesOf({ time, uid, namespace, pod }: NodeEvent, { name, id, ended }: ContainerRecord): readonly NodeEvent[] {
  const ids = new Set([ended?.id, id].filter((each) => each !== undefined));
  return [...ids].flatMap((containerId): readonly NodeEvent[] => {
    const of = present({ time, uid, namespace, pod, container: name, containerId });
    const outcome = containerId === ended?.id ? outcomeOf(ended) : {};
    return [
      { type: 'container_started', ...of },
      { type: 'container_ended', ...of, ...outcome },
    ];
  });
}

function outcomeOf({ exitCode, reason }: Partial<Termination> = {}): Pick<NodeEvent, 'exitCode' | 'reason'> {
  return present({ exitCode, reason });
}

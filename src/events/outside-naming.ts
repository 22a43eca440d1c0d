import type { NodeEvent } from './event.ts';

/** Names containers outside of pods. */
export interface OutsideNames {
  /** The record of a running container, if a list has it. */
  find(id: string): { readonly name?: string } | string | undefined;
  /** What is known about a container that may have ended. */
  life(id: string): { readonly name?: string; readonly exitCode?: number } | undefined;
}

/** Digits of a container's ID that name it where nothing else does; as many as runtimes print. */
const SHORT_ID = 12;

/** The name of a container that has no other. */
export function shortName({ containerId }: NodeEvent): Pick<NodeEvent, 'container'> {
  return containerId === undefined ? {} : { container: containerId.slice(0, SHORT_ID) };
}

/** Names the events of containers outside of pods. */
export class OutsideNaming {
  readonly #names: OutsideNames | undefined;
  /** Names of running containers by ID, for their end. */
  readonly #known = new Map<string, string>();

  /** Without `names` containers have their short IDs. */
  constructor(names: OutsideNames | undefined) {
    this.#names = names;
  }

  /**
   * The event with a name, and at the end of the container with the exit code; `undefined` while an engine may still
   * report them, unless `isLate`. It does half a second after the kernel: a container may have ended before its start is
   * reported.
   */
  named(event: NodeEvent, isLate: boolean): NodeEvent | undefined {
    return event.type === 'container_ended' ? this.#end(event, isLate) : this.#start(event, isLate);
  }

  #start(event: NodeEvent, isLate: boolean): NodeEvent | undefined {
    const id = event.containerId ?? '';
    const name = this.#nameOf(id);
    if (name === undefined && this.#names !== undefined && !isLate) return undefined;
    if (name !== undefined) this.#known.set(id, name);
    return withName(event, name);
  }

  #end(event: NodeEvent, isLate: boolean): NodeEvent | undefined {
    const id = event.containerId ?? '';
    const name = this.#nameOf(id);
    const exitCode = this.#names?.life(id)?.exitCode;
    if (exitCode === undefined && this.#names !== undefined && !isLate) return undefined;
    this.#known.delete(id);
    return { ...withName(event, name), ...(exitCode === undefined ? {} : { exitCode }) };
  }

  #nameOf(id: string): string | undefined {
    const record = this.#names?.find(id);
    return this.#names?.life(id)?.name ?? (typeof record === 'object' ? record.name : undefined) ?? this.#known.get(id);
  }
}

function withName(event: NodeEvent, name: string | undefined): NodeEvent {
  return { ...event, ...(name === undefined ? shortName(event) : { container: name }) };
}

import { field, isObject, text } from '../base/untrusted-json.ts';

/** What an engine has reported in its events about a container, which its list of running containers no longer has. */
export interface ContainerLife {
  readonly name?: string;
  /** Of the last end; absent while it runs. */
  readonly exitCode?: number;
}

/** Containers that are kept, the last ones. */
const MAX_LIVES = 1000;

const MAX_NAME_LENGTH = 256;

/** How Docker and Podman call the end of a container. */
const ENDS = new Set(['die', 'died']);

/** The containers of one engine's events. */
export class ContainerLives {
  readonly #lives = new Map<string, ContainerLife>();

  /** Takes an event. Whether the list of running containers may have others now, which an end does not require. */
  record(event: unknown): boolean {
    const actor = field(event, 'Actor');
    const id = text(field(actor, 'ID'));
    if (id === undefined) return true;
    const isEnd = ENDS.has(text(field(event, 'Action')) ?? '');
    const attributes = field(actor, 'Attributes');
    this.#lives.delete(id);
    this.#lives.set(id, { ...nameOf(attributes), ...(isEnd ? exitCodeOf(attributes) : {}) });
    for (const oldest of this.#lives.keys()) {
      if (this.#lives.size <= MAX_LIVES) break;
      this.#lives.delete(oldest);
    }
    return !isEnd;
  }

  get(id: string): ContainerLife | undefined {
    return this.#lives.get(id);
  }
}

function nameOf(attributes: unknown): Pick<ContainerLife, 'name'> {
  const name = text(field(attributes, 'name'));
  return name === undefined || name.length > MAX_NAME_LENGTH ? {} : { name };
}

/** Docker has `exitCode`, Podman `containerExitCode`. */
function exitCodeOf(attributes: unknown): Pick<ContainerLife, 'exitCode'> {
  const digits = isObject(attributes)
    ? (text(attributes['exitCode']) ?? text(attributes['containerExitCode']))
    : undefined;
  return digits !== undefined && /^\d{1,3}$/.test(digits) ? { exitCode: Number(digits) } : {};
}

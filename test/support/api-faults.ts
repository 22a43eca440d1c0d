import type { ServerResponse } from 'node:http';

import { failure, sendJson } from './api-request.ts';
import type { ApiRequest } from './api-request.ts';

/** An answer that is given instead of the right one. */
export interface Fault {
  /** HTTP status. */
  readonly status: number;
  /** How many requests get it: one unless said; `Infinity` for all of them. */
  readonly times?: number;
  /** Seconds, sent as `Retry-After`. */
  readonly retryAfter?: number;
}

/** The faults that are planned, at most one per kind of request. */
export class Faults {
  readonly #planned = new Map<ApiRequest['kind'], { readonly fault: Fault; left: number }>();

  /** Plans a fault for the next requests of a kind, in place of one planned before. */
  plan(kind: ApiRequest['kind'], fault: Fault): void {
    this.#planned.set(kind, { fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#planned.clear();
  }

  /** Answers a request of that kind wrongly if so planned; returns whether it did. */
  answer(kind: ApiRequest['kind'], response: ServerResponse): boolean {
    const planned = this.#planned.get(kind);
    if (planned === undefined || planned.left <= 0) return false;
    planned.left -= 1;
    const { status, retryAfter } = planned.fault;
    const headers = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
    sendJson(response, status, failure(status), headers);
    return true;
  }
}

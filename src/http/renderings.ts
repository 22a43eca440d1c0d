import pLimit from 'p-limit';
import type { Collections } from '../collect/collections.ts';
import type { SnapshotAnswer } from '../views/endpoint.ts';
import { GzipOutput, type GzipBody } from './gzip-body.ts';

/** Bodies that are read, written and compressed at a time. Each needs a snapshot, pages and a compressor. */
const MAX_RENDERINGS = 2;

/** A request may share a rendering whose deadline differs from its own by less. */
const MAX_DEADLINE_DIFFERENCE_MS = 1000;

/** Part of the time of a scrape that is kept for writing at most, and until an answer was written that was not cut. */
const MAX_WRITE_SHARE = 0.6;

/** A body that one or more requests wait for. */
interface Rendering {
  readonly deadline: number;
  /** Resolves when it is no longer in line. */
  readonly begun: Promise<unknown>;
  readonly body: Promise<GzipBody | 'late'>;
  /** Requests that still wait for it. */
  waiting: number;
}

/** Why there is no body. */
export type Refusal = 'busy' | 'late';

/** What a request waits for. */
export interface RenderingRequest {
  /** Requests with the same key have the same answer, except for its time. */
  readonly key: string;
  readonly answer: SnapshotAnswer;
  /** Milliseconds of `performance.now()`. */
  readonly deadline: number;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
}

/**
 * Writes answers from collections. At most {@link MAX_RENDERINGS} are written at a time, the others wait in line, and
 * equal requests that wait share one.
 */
export class Renderings {
  readonly #collections: Collections;
  readonly #maxInProgress: number;
  #inProgress = 0;
  /** Milliseconds that the last answers took from snapshot to body; under a CPU quota these may be seconds. */
  #writeMs: number | undefined;
  readonly #limit = pLimit(MAX_RENDERINGS);
  /** Those whose collection has not ended, by key. */
  readonly #joinable = new Map<string, Rendering>();

  /** `maxInProgress` is the maximum number of different answers that are written or in line; 0 for no limit. */
  constructor(collections: Collections, maxInProgress: number) {
    this.#collections = collections;
    this.#maxInProgress = maxInProgress;
  }

  /**
   * The body of an answer; `busy` if too many are in line, `late` if it is in line until the deadline, or the client
   * disconnects.
   */
  async render(request: RenderingRequest): Promise<GzipBody | Refusal> {
    const { key, deadline, signal } = request;
    const known = this.#joinable.get(key);
    const isShared = known !== undefined && Math.abs(deadline - known.deadline) < MAX_DEADLINE_DIFFERENCE_MS;
    if (!isShared && this.#maxInProgress > 0 && this.#inProgress >= this.#maxInProgress) return 'busy';
    const rendering = isShared ? known : this.#open(request);
    const { promise: given, resolve: giveUp } = Promise.withResolvers<'late'>();
    const abort = (): void => giveUp('late');
    const timer = setTimeout(abort, Math.max(0, deadline - performance.now()));
    signal.addEventListener('abort', abort, { once: true });
    rendering.waiting++;
    try {
      await Promise.race([rendering.begun, given]);
      clearTimeout(timer);
      return await Promise.race([rendering.body, given]);
    } finally {
      rendering.waiting--;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  #open({ key, answer, deadline }: RenderingRequest): Rendering {
    const { promise: begun, resolve: begin } = Promise.withResolvers<undefined>();
    const body = this.#limit(() => {
      begin(undefined);
      return this.#run(rendering, key, answer);
    });
    const rendering: Rendering = { deadline, begun, body, waiting: 0 };
    this.#inProgress++;
    // The requests that wait for it handle the error; there may be none left.
    void body
      .catch(() => {})
      .finally(() => {
        this.#inProgress--;
        this.#close(key, rendering);
      });
    this.#joinable.set(key, rendering);
    return rendering;
  }

  async #run(rendering: Rendering, key: string, answer: SnapshotAnswer): Promise<GzipBody | 'late'> {
    const { deadline } = rendering;
    if (rendering.waiting === 0) {
      this.#close(key, rendering);
      return 'late';
    }
    const readDeadline = this.#readDeadline(deadline);
    return this.#collections.use(answer.collectors, readDeadline, async (snapshot) => {
      this.#close(key, rendering);
      const output = new GzipOutput(deadline);
      const began = performance.now();
      try {
        await answer.write(snapshot, output);
        return await output.end();
      } finally {
        output.close();
        if (began < readDeadline) this.#writeMs = Math.max(performance.now() - began, (this.#writeMs ?? 0) / 2);
      }
    });
  }

  /** When reading must end, so that what was read can be written until `deadline`. */
  #readDeadline(deadline: number): number {
    const left = Math.max(0, deadline - performance.now());
    return deadline - Math.min((this.#writeMs ?? Infinity) * 1.5, left * MAX_WRITE_SHARE);
  }

  /** Later requests need a later collection. */
  #close(key: string, rendering: Rendering): void {
    if (this.#joinable.get(key) === rendering) this.#joinable.delete(key);
  }
}

import pLimit from 'p-limit';
import type { Collections } from '../collect/collections.ts';
import type { SnapshotAnswer } from '../views/endpoint.ts';
import { GzipOutput, type GzipBody } from './gzip-body.ts';

/** Bodies that are read, written and compressed at a time. Each needs a snapshot, pages and a compressor. */
const MAX_RENDERINGS = 2;

/** A request may share a rendering whose deadline is this many milliseconds before its own. */
const MAX_EARLIER_MS = 1000;

/** A body that one or more requests wait for. */
interface Rendering {
  readonly deadline: number;
  readonly body: Promise<GzipBody | undefined>;
  /** Requests that still wait for it. */
  waiting: number;
}

/** What a request waits for. */
export interface RenderingRequest {
  /** Requests with the same key have the same answer, apart from the time. */
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
  readonly #limit = pLimit(MAX_RENDERINGS);
  /** Those whose collection has not ended, by key. */
  readonly #joinable = new Map<string, Rendering>();

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  /** The body of an answer; `undefined` if the deadline passes or the client disconnects first. */
  async render(request: RenderingRequest): Promise<GzipBody | undefined> {
    const { key, deadline, signal } = request;
    const known = this.#joinable.get(key);
    const rendering = known !== undefined && deadline - known.deadline < MAX_EARLIER_MS ? known : this.#open(request);
    rendering.waiting++;
    const { promise: given, resolve: giveUp }: PromiseWithResolvers<undefined> = Promise.withResolvers();
    const timer = setTimeout(giveUp, Math.max(0, deadline - performance.now()), undefined);
    const abort = (): void => giveUp(undefined);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([rendering.body, given]);
    } finally {
      rendering.waiting--;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  #open({ key, answer, deadline }: RenderingRequest): Rendering {
    const rendering: Rendering = {
      deadline,
      waiting: 0,
      body: this.#limit(() => this.#run(rendering, key, answer)).finally(() => this.#close(key, rendering)),
    };
    // Whoever waits for it handles the error; there may be no one left.
    rendering.body.catch(() => {});
    this.#joinable.set(key, rendering);
    return rendering;
  }

  async #run(rendering: Rendering, key: string, answer: SnapshotAnswer): Promise<GzipBody | undefined> {
    const { deadline } = rendering;
    if (rendering.waiting === 0 || performance.now() >= deadline) {
      this.#close(key, rendering);
      return undefined;
    }
    return this.#collections.use(answer.collectors, deadline, async (snapshot) => {
      this.#close(key, rendering);
      const output = new GzipOutput(deadline);
      try {
        await answer.write(snapshot, output);
        return await output.end();
      } finally {
        output.close();
      }
    });
  }

  /** Later requests need a later collection. */
  #close(key: string, rendering: Rendering): void {
    if (this.#joinable.get(key) === rendering) this.#joinable.delete(key);
  }
}

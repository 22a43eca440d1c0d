import { ProblemLog } from '../../base/problem-log.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { ApiFailure, toApiFailure } from '../../cluster/failure.ts';
import type { PodIndex } from '../pod-index.ts';
import type { KubeletApi } from './kubelet-api.ts';

export interface KubeletFallbackOptions {
  readonly api: Pick<KubeletApi, 'list'>;
  readonly log: Log;
  readonly clock: Clock;
}

/** Interval of the lists, as with `--pods=kubelet`. */
const MIN_INTERVAL_MS = 24_000;

/** Time for which the API server must have failed before the kubelet replaces an index that it has filled. */
const MIN_OUTAGE_MS = 10_000;

/** Fills the index with the pods of the kubelet while the API server is unavailable. */
export class KubeletFallback {
  readonly #options: KubeletFallbackOptions;
  readonly #problems: ProblemLog;
  /** Milliseconds of {@link Clock.elapsed}; `undefined` while the API server is available. */
  #failingSince: number | undefined;
  #nextList = 0;
  #isInUse = false;

  constructor(options: KubeletFallbackOptions) {
    this.#options = options;
    this.#problems = new ProblemLog(options.log, {
      failing: 'cannot list pods from the kubelet either',
      recovered: 'resumed listing pods from the kubelet',
    });
  }

  /** The API server is available. */
  reset(): void {
    this.#failingSince = undefined;
    this.#isInUse = false;
  }

  /**
   * Replaces `index` if the API server has failed long enough, and a list is due. `isFilled`: the API server has filled
   * it before. Returns whether the index was replaced. Never rejects.
   */
  async fill(index: PodIndex, isFilled: boolean, signal: AbortSignal): Promise<boolean> {
    const { api, clock, log } = this.#options;
    const now = clock.elapsed();
    this.#failingSince ??= now;
    if (now < this.#nextList || (isFilled && now - this.#failingSince < MIN_OUTAGE_MS)) return false;
    this.#nextList = now + MIN_INTERVAL_MS;
    try {
      const replacement = index.beginReplace();
      let pods = 0;
      const add = (pod: unknown): void => {
        pods++;
        replacement.add(pod);
      };
      await api.list(add, signal);
      // A restarted kubelet lists none until it has them from the API server.
      if (pods === 0) throw new ApiFailure('no_pods', 'the kubelet lists no pods');
      replacement.commit();
    } catch (error) {
      this.#problems.report(toApiFailure(error).message);
      return false;
    }
    this.#problems.resolve();
    if (!this.#isInUse)
      log.info('listed pods from the kubelet until the API server is available', { pods: index.size });
    this.#isInUse = true;
    return true;
  }
}

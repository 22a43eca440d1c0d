import { ProblemLog } from '../../base/problem-log.ts';
import type { Log } from '../../base/log.ts';
import type { ApiFailure, NextStep } from '../../cluster/failure.ts';

/** Logs the problems of a list and watch. */
export class WatchProblems {
  readonly #logs: Readonly<Record<NextStep | 'content', ProblemLog>>;
  /** A failure of the current outage is in the log. */
  #isOutageLogged = false;

  constructor(log: Log) {
    this.#logs = {
      list: new ProblemLog(log, {
        failing: 'cannot list pods, retrying',
        recovered: 'resumed listing pods',
      }),
      watch: new ProblemLog(log, {
        failing: 'cannot watch pods, retrying',
        recovered: 'resumed watching pods',
      }),
      content: new ProblemLog(log, {
        failing: 'skipping unexpected objects in the pod list',
        recovered: 'received a pod list without unexpected objects',
      }),
    };
  }

  /** An outage is logged once, with its first cause; any other failure once per cause. */
  report(step: NextStep, { message, isOutage }: ApiFailure): void {
    if (isOutage && this.#isOutageLogged) return;
    const isLogged = this.#logs[step].report(message);
    if (isOutage) this.#isOutageLogged = isLogged;
  }

  /** The API server has responded to a request, with a complete list or an event. */
  recordResponse(): void {
    this.#isOutageLogged = false;
  }

  /** Lists, or watches, succeed. */
  resolve(step: NextStep): void {
    this.#logs[step].resolve();
  }

  /** Reports the pods that the index skipped in a list. */
  reportSkipped({
    otherNodePods,
    invalidPods,
  }: {
    readonly otherNodePods: number;
    readonly invalidPods: number;
  }): void {
    const { content } = this.#logs;
    if (otherNodePods > 0) content.report('pods of other nodes');
    if (invalidPods > 0) content.report('objects that are not pods');
    if (otherNodePods + invalidPods === 0) content.resolve();
  }
}

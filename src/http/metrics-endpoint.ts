import type { Context } from 'koa';
import { TimeSlice } from '../base/yielder.ts';
import type { MetricsView } from '../views/native/metrics.ts';
import type { SnapshotAnswer } from './scrape-handler.ts';
import { chooseCollectors, chooseFormat } from './negotiation.ts';

export interface MetricsEndpointParts {
  readonly view: MetricsView;
  /** Collectors that are switched on. */
  readonly collectors: ReadonlySet<string>;
}

/**
 * What `/metrics` answers to a request.
 *
 * @throws {UnknownCollector} for a collector that is not there.
 */
export function metricsAnswer(context: Context, { view, collectors }: MetricsEndpointParts): SnapshotAnswer {
  const wanted = chooseCollectors(new URLSearchParams(context.querystring), collectors);
  const format = chooseFormat(context.get('Accept'));
  return {
    wanted,
    contentType: view.contentType(format),
    vary: 'Accept',
    write: (snapshot, output) => view.write(snapshot, { wanted, format }, output, new TimeSlice()),
  };
}

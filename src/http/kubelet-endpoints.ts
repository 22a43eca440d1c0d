import { Pace } from '../scrape/pace.ts';
import type { ResourceView } from '../views/resource.ts';
import type { SnapshotAnswer } from './answers.ts';

/** What `/metrics/resource` answers; to whatever the request accepts, as metrics-server accepts nothing else. */
export function resourceAnswer(view: ResourceView): SnapshotAnswer {
  const { wanted, contentType } = view;
  return { wanted, contentType, write: (snapshot, output) => view.write(snapshot, output, new Pace()) };
}

import type { Log } from './base/log.ts';
import type { Snapshot } from './snapshot/snapshot.ts';

/** Logs what a collection met that concerns an operator, each cause at a limited rate. */
function report(snapshot: Snapshot, log: Log): void {
  for (const { message, fields } of snapshot.notices) log.warn(message, fields);
  for (const [collector, codes] of snapshot.errors) {
    for (const [code, files] of codes) {
      log.warn('cannot read kernel files', { collector, code, files });
    }
  }
}

/** Logs what a collection met, how long it took, and how much is cached for the next one. */
export function logCollection(snapshot: Snapshot, caches: Readonly<Record<string, number>>, log: Log): void {
  report(snapshot, log);
  const [first] = snapshot.began.keys();
  const failed = snapshot.outcomes.filter(({ success }) => !success).map(({ collector }) => collector);
  log.debug('collected metrics', {
    duration_ms: milliseconds(snapshot.seconds),
    ...(first === undefined ? {} : { walk_ms: milliseconds(snapshot.readAt(first) - snapshot.time) }),
    collectors: snapshot.outcomes.length,
    ...(failed.length === 0 ? {} : { failed: failed.join(',') }),
    subjects: Object.values(snapshot.subjects).reduce((sum, { length }) => sum + length, 0),
    unmatched: snapshot.unmatched.length,
    ...caches,
  });
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 10_000) / 10;
}

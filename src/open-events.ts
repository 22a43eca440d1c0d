import { systemClock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import type { OpenNode } from './collect/open-node.ts';
import type { Config } from './config.ts';
import { eventFields } from './events/event-fields.ts';
import type { PublishedEvent } from './events/event.ts';
import { NodeEvents } from './events/node-events.ts';
import type { OutsideNames } from './events/outside-naming.ts';
import type { PodSource } from './pods/pod-source.ts';

/** Begins to watch for events if they are enabled; one pod has none of its own. */
export function openEvents(
  { events: enabled, ownPod }: Config,
  { hierarchies, tree }: OpenNode,
  { name, index }: PodSource,
  { log, names }: { readonly log: Log; readonly names?: OutsideNames | undefined },
): NodeEvents | undefined {
  if (enabled === undefined || ownPod !== undefined) return undefined;
  const named = name === 'none' ? undefined : index;
  const published = (event: PublishedEvent): void => {
    if (enabled.log) log.info('event', eventFields(event));
  };
  const events = new NodeEvents({ ...enabled, hierarchies, tree, index: named, names, clock: systemClock, published });
  events.start();
  return events;
}

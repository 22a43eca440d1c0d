import type { OutsideObject, PodObject, PodsDocument } from './document.ts';

/** In place of the namespace of a container outside of pods; no namespace can have this name. */
export const OUTSIDE = 'outside of pods';

/** What the page shows: the pods, and each container outside of pods as a pod of this container. */
export function shownPods({ pods, containers = [] }: PodsDocument): readonly PodObject[] {
  return containers.length === 0 ? pods : [...pods, ...containers.map(podOf)];
}

/** The container keeps its numbers; those of its network are also where a pod has them. */
function podOf(outside: OutsideObject): PodObject {
  const { id: uid, created_time_seconds: created } = outside;
  const container = { ...outside, ...(created === undefined ? {} : { start_time_seconds: created }) };
  return { ...container, uid, namespace: OUTSIDE, containers: [container], outside };
}

/** Its image and its service of Docker Compose, by what they are called. */
export function aboutOf(outside: OutsideObject): readonly (readonly [name: string, value: string])[] {
  const { image, compose_project: project, compose_service: service } = outside;
  return Object.entries({ image, project, service }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
}

import type { ContainerObject, PodObject, PodsDocument } from '../../../page/document.ts';
import { HeldProblems } from '../../../page/held-problems.ts';
import type { Past } from '../../../page/rows.ts';
import type { Source } from '../../../page/source.ts';

/** The numbers of sections, as in the document of `/api/v1/pods`. */
type Sections = object;

export const TIME = 1_800_000_000;

/** A container with sections. */
export function container(name: string, sections: Sections = {}): ContainerObject {
  return { name, state: 'running', ...sections };
}

/** A pod with containers and sections. */
export function pod(name: string, containers: readonly ContainerObject[], sections: Sections = {}): PodObject {
  return { uid: `uid-${name}`, namespace: 'shop', name, containers, ...sections };
}

export function documentOf(pods: readonly PodObject[], time = TIME): PodsDocument {
  return { time_seconds: time, scope: 'node', node: {}, collectors: [], pods };
}

/** The row of a pod with one container. */
export function sourceOf(
  ofContainer: Sections = {},
  ofPod: Sections = {},
  recent: Partial<Source['recent']> = {},
): Source {
  const only = container('app', ofContainer);
  return {
    pod: pod('web', [only], ofPod),
    container: only,
    ofPod: true,
    recent: { oomKills: 0, restarts: 0, ...recent },
    time: TIME,
  };
}

/** A page that was opened a moment ago. */
export function nothingSeen(): Past {
  return { recent: () => ({ oomKills: 0, restarts: 0 }), held: new HeldProblems() };
}

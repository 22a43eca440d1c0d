import type { DiscoveredPod } from './discovery.ts';
import { PodNetwork, type NetworkReader } from './network.ts';
import type { RetainedState } from './target.ts';
import type { Notice } from '../snapshot/snapshot.ts';

/** Reads the network of the pod that we run in where we are: in our own network namespace. */
export class OwnNetwork implements NetworkReader {
  readonly seesNode = false;
  readonly #memory = new PodNetwork();

  begin(): void {
    // Nothing changes between two scrapes.
  }

  process({ subject }: DiscoveredPod): 'self' | undefined {
    return subject.pod?.hostNetwork === true ? undefined : 'self';
  }

  memory(): RetainedState {
    return this.#memory;
  }

  notice(): Notice | undefined {
    return undefined;
  }
}

import type { DiscoveredPod } from './discovered.ts';
import type { NetworkReader } from './network.ts';
import { PodNetwork } from './pod-network.ts';
import type { RetainedState } from './target.ts';

/** Reads the network of our own pod in our own network namespace. */
export class OwnNetwork implements NetworkReader {
  readonly seesNode = false;
  readonly #state = new PodNetwork();

  begin(): void {
    // Our own process does not change.
  }

  process({ subject }: DiscoveredPod): 'self' | undefined {
    return subject.pod?.hostNetwork === true ? undefined : 'self';
  }

  outside(): undefined {
    // Only one pod is exported.
  }

  state(): RetainedState {
    return this.#state;
  }

  blindness(): undefined {
    return undefined;
  }
}

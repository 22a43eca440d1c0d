import { TimeSlice } from '../base/yielder.ts';
import { decodeLatin1 } from '../kernel/text.ts';
import type { NodeMount } from './mounts.ts';
import type { StorageChoice } from './storage-choice.ts';

/** The visible mounts that the options do not exclude, chosen once for each list of mounts. */
export class IncludedMounts {
  readonly #choice: StorageChoice;
  #all: readonly NodeMount[] = [];
  #included: readonly NodeMount[] = [];

  constructor(choice: StorageChoice) {
    this.#choice = choice;
  }

  async of(all: readonly NodeMount[]): Promise<readonly NodeMount[]> {
    if (all === this.#all) return this.#included;
    const slice = new TimeSlice();
    const included: NodeMount[] = [];
    for (const mount of all) {
      if (slice.shouldYield) await slice.yield();
      if (this.#includes(mount)) included.push(mount);
    }
    this.#all = all;
    this.#included = included;
    return included;
  }

  #includes({ mountPoint, type, visiblePath }: NodeMount): boolean {
    const { excludedMountPoints, excludedTypes } = this.#choice;
    return (
      visiblePath !== undefined &&
      !excludedTypes.test(decodeLatin1(type)) &&
      !excludedMountPoints.test(decodeLatin1(mountPoint))
    );
  }
}

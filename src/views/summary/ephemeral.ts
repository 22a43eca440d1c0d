import type { FamilyName } from '../../metrics/index.ts';
import type { Column, Snapshot } from '../../snapshot/snapshot.ts';
import { rfc3339 } from './stats.ts';

/** Disk space that was measured, and when. */
export interface UsedStats {
  readonly time: string;
  readonly usedBytes: number;
}

interface Measured {
  /** Unix seconds. */
  readonly at: number;
  readonly bytes: number;
}

type Level = 'container' | 'pod';
type Type = 'writable_layer' | 'logs' | 'empty_dir';

const COLLECTOR = 'ephemeral-storage';

/** Ephemeral storage in a snapshot; empty where it is not measured. */
export class EphemeralStats {
  readonly #snapshot: Snapshot;

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  /** Of the container at a position. */
  container(position: number, type: 'writable_layer' | 'logs'): UsedStats | undefined {
    const measured = this.#measured('container', type, position);
    return measured === undefined ? undefined : { time: rfc3339(measured.at), usedBytes: measured.bytes };
  }

  /** The use of the pod at a position and of its running containers; absent unless all parts are known. */
  pod(position: number, containers: readonly number[]): UsedStats | undefined {
    const parts = [
      this.#measured('pod', 'empty_dir', position),
      ...containers.flatMap((container) =>
        (['writable_layer', 'logs'] as const).map((type) => this.#measured('container', type, container)),
      ),
    ];
    const known = parts.filter((part) => part !== undefined);
    if (known.length < parts.length) return undefined;
    const oldest = Math.min(...known.map(({ at }) => at));
    return { time: rfc3339(oldest), usedBytes: known.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  #measured(level: Level, type: Type, position: number): Measured | undefined {
    const bytes = this.#number(`${level}_ephemeral_storage_bytes`, level, type)?.[position] ?? Number.NaN;
    const at = this.#number(`${level}_ephemeral_storage_timestamp_seconds`, level, type)?.[position] ?? Number.NaN;
    return Number.isNaN(bytes) || Number.isNaN(at) ? undefined : { at, bytes };
  }

  #number(name: FamilyName, level: Level, type: Type): Column | undefined {
    if (!this.#snapshot.succeeded(COLLECTOR)) return undefined;
    const family = this.#snapshot.families.find((each) => each.name === name);
    const series = family?.series.find(({ labels }) => labels.includes(type));
    return this.#snapshot.columns(level)[series?.column ?? -1];
  }
}

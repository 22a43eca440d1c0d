import { field, isObject } from '../../base/untrusted-json.ts';

/** Limits of the labels and annotations that are exported. Tenants choose their number and size. */
export interface MetadataLimits {
  /** Labels, and annotations, of one pod. */
  readonly maxKeys: number;
  /** Bytes of the keys and values of one pod, labels and annotations together. */
  readonly maxBytes: number;
  /** The same of all pods of the node. */
  readonly maxNodeBytes: number;
}

/** Defaults of the flags. Kubernetes allows 256 KiB of annotations and any number of labels per pod. */
export const METADATA_LIMITS: MetadataLimits = { maxKeys: 64, maxBytes: 16_384, maxNodeBytes: 4_194_304 };

/** Labels or annotations of one pod within the limits. */
export interface ExportedMetadata {
  readonly values: Readonly<Record<string, string>>;
  /** Bytes of the keys and values in UTF-8. */
  readonly bytes: number;
  /** Allowed keys that exceed a limit. */
  readonly skipped: number;
}

/** Shared by all pods without allowed labels or annotations, which is the common case. */
const EMPTY: Readonly<Record<string, string>> = Object.freeze({});
const NOTHING: ExportedMetadata = { values: EMPTY, bytes: 0, skipped: 0 };

/**
 * Returns those of `values` that `allowList` names, in its order; `*` allows all in their own order, which the API
 * server sorts. A key that would exceed `maxKeys` or `maxBytes` is skipped.
 */
export function exportMetadata(
  values: unknown,
  allowList: readonly string[],
  { maxKeys, maxBytes }: Pick<MetadataLimits, 'maxKeys' | 'maxBytes'>,
): ExportedMetadata {
  if (allowList.length === 0 || !isObject(values)) return NOTHING;
  const entries: (readonly [string, string])[] = [];
  let bytes = 0;
  let skipped = 0;
  for (const name of allowList.includes('*') ? Object.keys(values) : allowList) {
    const value = field(values, name);
    if (typeof value !== 'string') continue;
    const size = entries.length < maxKeys ? Buffer.byteLength(name) + Buffer.byteLength(value) : Infinity;
    if (bytes + size > maxBytes) {
      skipped++;
      continue;
    }
    bytes += size;
    entries.push([name, value]);
  }
  return { values: entries.length === 0 ? EMPTY : Object.fromEntries(entries), bytes, skipped };
}

/** Divides the bytes of a node's exported labels and annotations among its pods, in the order of their indexing. */
export class MetadataBudget {
  readonly #limits: MetadataLimits;
  readonly #bytesByUid = new Map<string, number>();
  #sum = 0;

  constructor(limits: MetadataLimits) {
    this.#limits = limits;
  }

  /** Limits of the pod with this UID, given what all others use. */
  limitsFor(uid: string): MetadataLimits {
    const { maxBytes, maxNodeBytes } = this.#limits;
    const usedByOthers = this.#sum - (this.#bytesByUid.get(uid) ?? 0);
    return { ...this.#limits, maxBytes: Math.min(maxBytes, maxNodeBytes - usedByOthers) };
  }

  /** Replaces the bytes that a pod uses; 0 removes it. */
  set(uid: string, bytes: number): void {
    this.#sum += bytes - (this.#bytesByUid.get(uid) ?? 0);
    if (bytes === 0) this.#bytesByUid.delete(uid);
    else this.#bytesByUid.set(uid, bytes);
  }
}

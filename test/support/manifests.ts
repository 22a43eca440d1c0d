import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

/** An object of a manifest, as far as tests look into it. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Bytes, as the limit of the exporter's container has it. */
export const MEMORY_LIMIT = 160 * 2 ** 20;

/** The objects of a file below `deploy/`. */
export function manifests(file: string): readonly Manifest[] {
  const text = readFileSync(new URL(`../../deploy/${file}`, import.meta.url), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

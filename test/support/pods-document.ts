import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { PODS_SCHEMA_FILE, type Schema } from '../../scripts/pods-schema.ts';

/** A container of the document; the numbers are in sections by collector. */
export interface PodsContainer {
  readonly name?: string;
  readonly id?: string;
  readonly state?: string;
  readonly [field: string]: unknown;
}

export interface PodsPod {
  readonly uid: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly containers: readonly PodsContainer[];
  readonly [field: string]: unknown;
}

/** A container that belongs to no pod. */
export interface OutsideContainer {
  readonly name: string;
  readonly id: string;
  readonly [field: string]: unknown;
}

/** The document of `/api/v1/pods`. */
export interface PodsDocument {
  readonly time_seconds: number;
  readonly scope: string;
  readonly node: Readonly<Record<string, unknown>>;
  readonly collectors: readonly { readonly name: string; readonly success: boolean }[];
  readonly pods: readonly PodsPod[];
  readonly containers?: readonly OutsideContainer[];
}

/** The published schema. */
export const publishedSchema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../..', PODS_SCHEMA_FILE), 'utf8'),
) as Schema & { readonly $defs: Readonly<Record<'pod' | 'container', Schema>> };

const ajv = new Ajv2020({ strict: true, allErrors: true });
const isPublished = ajv.compile(publishedSchema);
const isClosed = ajv.compile(closed(publishedSchema));

/** Clients must accept fields that they do not know; the exporter must not have any that the schema does not know. */
function closed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(closed) as T;
  if (typeof schema !== 'object' || schema === null) return schema;
  const own = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value as unknown)])) as T &
    Schema;
  return own.properties === undefined ? own : { ...own, additionalProperties: false };
}

/** Reads a document; throws if it is not as the published schema has it, or has more. */
export function parsePodsDocument(text: string): PodsDocument {
  const document = JSON.parse(text) as PodsDocument;
  for (const validate of [isPublished, isClosed])
    assert.equal(validate(document), true, ajv.errorsText(validate.errors));
  return document;
}

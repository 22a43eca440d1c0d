/** Reads of JSON from outside, where any field may be missing or of another type than it should be. */

/** Value of a field; `undefined` if `value` is no object or has no such field. */
export function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

/** A string that is not empty. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The elements of an array; none if `value` is something else. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Whether `value` is what JSON calls an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A whole number that is not negative. */
export function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;
}

/**
 * Unix seconds of a time as Kubernetes writes it, e.g. `2026-11-21T05:18:33Z`. A time that is not after 1970 is none: Go's
 * zero time is in the year 1, and a runtime that reports no time in nanoseconds reports 0.
 */
export function unixSeconds(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT/.test(value)) return undefined;
  const milliseconds = Date.parse(value);
  return milliseconds > 0 ? milliseconds / 1000 : undefined;
}

type OptionalKeys<T> = { [K in keyof T]: undefined extends T[K] ? K : never }[keyof T];

/** `T` with its possibly undefined fields made optional. */
type Present<T> = Omit<T, OptionalKeys<T>> & { [K in OptionalKeys<T>]?: Exclude<T[K], undefined> };

/** The same object without the fields that are `undefined`. */
export function present<T extends object>(fields: T): Present<T> {
  const defined = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as Present<T>;
}

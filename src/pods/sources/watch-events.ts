import { ApiFailure, httpFailure } from '../../cluster/failure.ts';
import type { LineLimit } from '../../base/read-lines.ts';
import { field, isObject, text } from '../../base/untrusted-json.ts';

/** An event of a watch. `version` is the resource version to resume from. */
export type WatchEvent =
  | { readonly kind: 'applied' | 'deleted'; readonly pod: unknown; readonly version: string | undefined }
  | { readonly kind: 'bookmark'; readonly version: string };

/** Of the lines of a watch. The size limit of an object in etcd is 1.5 MiB by default. */
export const LINE_LIMIT: LineLimit = { maxBytes: 16 << 20, tooLong: () => badLine('watch line too long') };

/**
 * Parses one line of a watch.
 *
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 *
 * @throws {ApiFailure} for an ERROR event and for an invalid line.
 */
export function parseWatchEvent(content: string): WatchEvent {
  const event = parseObject(content);
  const object = field(event, 'object');
  if (!isObject(object)) throw badLine('watch event without object');
  const version = text(field(field(object, 'metadata'), 'resourceVersion'));
  switch (field(event, 'type')) {
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'applied', pod: object, version };
    case 'DELETED':
      return { kind: 'deleted', pod: object, version };
    case 'BOOKMARK':
      if (version === undefined) throw badLine('watch bookmark without resource version');
      return { kind: 'bookmark', version };
    case 'ERROR':
      throw errorEvent(object);
    default:
      throw new ApiFailure('unknown_event', 'unknown type of watch event');
  }
}

/** The object is a Status: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
function errorEvent(status: unknown): ApiFailure {
  const code = field(status, 'code');
  if (typeof code === 'number' && Number.isInteger(code) && code >= 400 && code < 600) return httpFailure(code);
  return new ApiFailure('error_event', 'watch error event without a code');
}

function parseObject(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw badLine('watch line is not JSON');
  }
}

function badLine(message: string): ApiFailure {
  return new ApiFailure('bad_line', message);
}

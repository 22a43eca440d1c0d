import { ApiFailure, httpFailure } from '../../cluster/failure.ts';
import { field, isObject, text } from '../../base/untrusted-json.ts';

/** An event of a watch. `version` is the resource version to resume from. */
export type WatchEvent =
  | { readonly kind: 'applied' | 'deleted'; readonly pod: unknown; readonly version: string | undefined }
  | { readonly kind: 'bookmark'; readonly version: string };

/** The size limit of an object in etcd is 1.5 MiB by default. */
const MAX_LINE_BYTES = 16 << 20;

const NEWLINE = 0x0a;

/** Splits a stream into lines. The last line may lack the newline. Blank lines are skipped. */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, begin)) {
      yield* nonBlankLine([...parts, chunk.subarray(begin, end)]);
      parts = [];
      length = 0;
      begin = end + 1;
    }
    parts.push(chunk.subarray(begin));
    length += chunk.length - begin;
    if (length > MAX_LINE_BYTES) throw badLine('watch line too long');
  }
  yield* nonBlankLine(parts);
}

function nonBlankLine(parts: readonly Buffer[]): readonly string[] {
  const content = Buffer.concat(parts).toString().trim();
  return content === '' ? [] : [content];
}

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

import { ApiFailure } from './api-failure.ts';
import { field, text } from './untrusted.ts';

/** A list of pods as the API server answers it. */
export interface PodList {
  /** Where to watch from. */
  readonly version: string;
  readonly items: readonly unknown[];
}

/** Bytes. 500 pods with as much in them as people put there have some 20 MB. */
const LARGEST_LIST = 256 << 20;

/** Reads a whole list. @throws {ApiFailure} if it is none. */
export async function readPodList(chunks: AsyncIterable<Buffer>): Promise<PodList> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > LARGEST_LIST) throw badList('the list of pods is too large');
    parts.push(chunk);
  }
  return parseList(Buffer.concat(parts).toString());
}

function parseList(content: string): PodList {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    throw badList('the list of pods is not JSON');
  }
  const version = text(field(field(parsed, 'metadata'), 'resourceVersion'));
  const items = field(parsed, 'items') ?? [];
  if (version === undefined || !Array.isArray(items)) throw badList('the answer is not a list of pods');
  return { version, items };
}

function badList(message: string): ApiFailure {
  return new ApiFailure('bad_list', message);
}

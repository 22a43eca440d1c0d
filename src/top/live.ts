import { sleep, systemClock } from '../base/clock.ts';
import { parseDocument, type NodeDocument } from './document.ts';
import { SourceError, type DocumentSource } from './source.ts';

/** Milliseconds until a source that failed is tried again; doubled with each failure. */
const MIN_RETRY_MS = 1000;
const MAX_RETRY_MS = 10_000;

/** What comes from a source: documents, and failures while it is tried again. */
export type Update = { readonly document: NodeDocument } | { readonly problem: string };

/**
 * The documents of a source until the signal is aborted. A source that fails is tried again.
 *
 * @throws {SourceError} if the source can never answer.
 */
export async function* updatesOf(source: DocumentSource, signal: AbortSignal): AsyncGenerator<Update> {
  let retryMs = MIN_RETRY_MS;
  while (!signal.aborted) {
    try {
      for await (const text of source.documents(signal)) {
        retryMs = MIN_RETRY_MS;
        yield { document: parseDocument(text) };
      }
      return;
    } catch (error) {
      if (error instanceof SourceError && !error.isTemporary) throw error;
      yield { problem: `${error instanceof Error ? error.message : String(error)}; retrying` };
    }
    await sleep(systemClock, retryMs, signal);
    retryMs = Math.min(2 * retryMs, MAX_RETRY_MS);
  }
}

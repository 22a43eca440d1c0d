import type { StreamEvent } from '../views/endpoint.ts';

/** A slow client must take at least this many bytes within the time that is allowed for a piece. */
const PIECE_BYTES = 16 * 1024;

const KEEP_ALIVE = Buffer.from(':\n\n');

const END = Buffer.from('\n\n');

/** When to send something although there is no event, and when to end. */
export interface EventPiecesOptions {
  readonly keepAliveMs: number;
  readonly signal: AbortSignal;
  /** Called with the bytes of each event before its first piece, and without after its last one was taken. */
  readonly sending?: (bytes?: Buffer) => void;
}

/** The bytes of events, in pieces, with comments while there are none. Ends with the events, or with the signal. */
export async function* eventPieces(
  events: AsyncIterable<StreamEvent>,
  { keepAliveMs, signal, sending }: EventPiecesOptions,
): AsyncGenerator<Buffer> {
  const iterator = events[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    for (;;) {
      const result = await firstOf(next, signal, keepAliveMs);
      if (result === 'idle') {
        yield KEEP_ALIVE;
        continue;
      }
      if (result === 'aborted' || result.done === true) return;
      const { value } = result;
      sending?.(bytesOf(value));
      yield* piecesOf(value);
      sending?.();
      next = iterator.next();
    }
  } finally {
    // The iterator may never return from what it waits for.
    void iterator.return?.().catch(() => {});
  }
}

type Next = IteratorResult<StreamEvent>;

/** The next event; `idle` if there is none for so long. A race of promises would keep a reaction per event. */
async function firstOf(next: Promise<Next>, signal: AbortSignal, idleMs: number): Promise<Next | 'aborted' | 'idle'> {
  const { promise, resolve, reject } = Promise.withResolvers<Next | 'aborted' | 'idle'>();
  const abort = (): void => resolve('aborted');
  const timer = setTimeout(resolve, idleMs, 'idle');
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  next.then(resolve, reject);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

function* piecesOf(event: StreamEvent): Generator<Buffer> {
  const bytes = bytesOf(event);
  const isWhole = bytes !== event.data;
  if (!isWhole) yield Buffer.from(`${headOf(event)}data: `);
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
  if (!isWhole) yield END;
}

/** The bytes of texts that several clients get. */
const encoded = new WeakMap<StreamEvent, Buffer>();

/** The bytes of an event, or of its data alone if that is bytes. */
function bytesOf(event: StreamEvent): Buffer {
  if (Buffer.isBuffer(event.data)) return event.data;
  const known = encoded.get(event);
  if (known !== undefined) return known;
  const bytes = Buffer.from(textOf(event));
  encoded.set(event, bytes);
  return bytes;
}

function textOf(event: StreamEvent): string {
  const lines = String(event.data)
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}\n`);
  return `${headOf(event)}${lines.join('')}\n`;
}

function headOf({ id, event }: StreamEvent): string {
  return `${field('id', id)}${field('event', event)}`;
}

function field(name: string, value: string | undefined): string {
  return value === undefined ? '' : `${name}: ${value}\n`;
}

import type { Yielder } from '../base/yielder.ts';
import type { Output } from './endpoint.ts';

/** Bytes that are collected before they are sent. */
const PIECE_BYTES = 64 * 1024;

/**
 * Sends `texts` one after the other, so that the whole document is never in memory.
 *
 * @throws whatever `output` throws.
 */
export async function sendTexts(texts: Iterable<string>, output: Output): Promise<void> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length >= PIECE_BYTES) {
      await output.send(Buffer.from(piece));
      piece = '';
    }
    if (output.yielder.shouldYield) await output.yielder.yield();
  }
  if (piece !== '') await output.send(Buffer.from(piece));
}

/** `texts` as one, without the line break at the end. No text of that length is made. */
export async function wholeBytes(texts: Iterable<string>, yielder: Yielder): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < PIECE_BYTES) continue;
    pieces.push(Buffer.from(piece));
    piece = '';
    if (yielder.shouldYield) await yielder.yield();
  }
  pieces.push(Buffer.from(piece.trimEnd()));
  return Buffer.concat(pieces);
}

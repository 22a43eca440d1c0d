import type { Output } from '../../src/views/flushing.ts';

/** The whole text that a view writes. */
export async function writtenText(write: (output: Output) => Promise<unknown>): Promise<string> {
  const pieces: Buffer[] = [];
  await write({
    send: (piece) => {
      // Its memory is used again.
      pieces.push(Buffer.from(piece));
      return Promise.resolve();
    },
  });
  return Buffer.concat(pieces).toString();
}

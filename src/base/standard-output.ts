import { writeSync } from 'node:fs';
import { errorCode, errorReason } from './error-code.ts';

const STANDARD_OUTPUT = 1;

/** Milliseconds until a full pipe that does not block is tried again. */
const RETRY_MS = 10;

/**
 * Writes all of it to standard output, also into a pipe that takes it in pieces; nothing once the reader has gone, as
 * `head` does. Returns whether it was written.
 *
 * @throws {Error} one line, if that is not possible, as on a full disk.
 */
export async function print(bytes: Buffer): Promise<boolean> {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(STANDARD_OUTPUT, bytes, at);
    } catch (error) {
      const code = errorCode(error);
      if (code === 'EPIPE') return false;
      if (code !== 'EAGAIN')
        throw new Error(`cannot write to standard output: ${errorReason(error)}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
  return true;
}

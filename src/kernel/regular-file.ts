import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** To open a FIFO without a writer, or a device without a carrier, would wait for one. The kernel's files ignore it. */
export const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * The content of a regular file. Never waits, whatever is in its place.
 *
 * @throws the system error (with `code`) if it cannot be read, EINVAL if it is a FIFO, a socket or a device.
 */
export function readRegularFile(path: string): Buffer {
  const descriptor = openRegularFile(path);
  try {
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Opens a regular file for reading; the caller closes the descriptor. Never waits, whatever is in its place.
 *
 * @throws as {@link readRegularFile}.
 */
export function openRegularFile(path: string): number {
  const descriptor = openSync(path, OPEN_FLAGS);
  try {
    const stat = fstatSync(descriptor);
    if (stat.isFile() || stat.isDirectory()) return descriptor;
    throw Object.assign(new Error(`not a regular file: ${path}`), { code: 'EINVAL' });
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

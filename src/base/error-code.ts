import { getSystemErrorMessage } from 'node:util';

/** The code of an error that has none. */
export const UNKNOWN_CODE = 'EUNKNOWN';

/**
 * The code of a system or library error, such as `ENOENT` or `ERR_STREAM_DESTROYED`; {@link UNKNOWN_CODE} for any
 * other value. The only way to get a code: whatever is thrown is accepted.
 */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : UNKNOWN_CODE;
}

/**
 * Why the system refused something, in one line such as `ENOENT: no such file or directory`: without system call, path
 * and address, which the caller reports. `undefined` for what is no system error.
 */
export function systemReason(error: unknown): string | undefined {
  if (!(error instanceof Error && 'errno' in error && typeof error.errno === 'number')) return undefined;
  return `${errorCode(error)}: ${getSystemErrorMessage(error.errno)}`;
}

/** Why something failed, in one line: {@link systemReason}, or the first line of the message. */
export function errorReason(error: unknown): string {
  return systemReason(error) ?? (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

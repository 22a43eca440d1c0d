/** Returned for what is thrown without a code. */
const NO_CODE = 'EUNKNOWN';

/**
 * The code of a system or library error, such as `ENOENT` or `ERR_STREAM_DESTROYED`; `EUNKNOWN` for any other value.
 * The only way to get a code: whatever is thrown is accepted.
 */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : NO_CODE;
}

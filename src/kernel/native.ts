import { fileURLToPath } from 'node:url';

/** What Node.js does not have: `native.c`, which `scripts/build-native.ts` compiles. */
export interface NativeFunctions {
  /**
   * Reads the file called `name`, which ends with a zero byte, below the open `directory` from its start into `buffer`.
   * Returns the length in bytes, the size of the buffer if the content may be longer, or a negative error number.
   */
  readAt(directory: number, name: Buffer, buffer: Buffer): number;
  /**
   * Unmaps the pages of `ranges`, each an address and a length in bytes; they are mapped again when they are used. What
   * was written to them would be lost. Returns free memory of the heap of the C library too, if that is glibc.
   */
  releasePages(ranges: Float64Array): void;
}

/** The native functions, or why there are none: without them a file takes three calls and a longer lookup. */
export type NativeChoice =
  | { readonly native: NativeFunctions; readonly cause?: undefined }
  | { readonly native?: undefined; readonly cause: string };

/** Beside this file, and in the image beside the bundle. */
const FILE = fileURLToPath(new URL('./native.node', import.meta.url));

/** Loads the native functions of this machine, if they were built. */
export function loadNative(file = FILE): NativeChoice {
  const loaded = { exports: {} as NativeFunctions };
  try {
    process.dlopen(loaded, file);
    return { native: loaded.exports };
  } catch (error) {
    return { cause: error instanceof Error ? error.message : String(error) };
  }
}

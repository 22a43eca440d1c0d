import { fileURLToPath } from 'node:url';

/** Reads files relative to a directory, in one call each: `reader.c`, which `scripts/build-native.ts` compiles. */
export interface NativeReader {
  /**
   * Reads the file called `name`, which ends with a zero byte, below the open `directory` from its start into `buffer`.
   * Returns the length in bytes, the size of the buffer if the content may be longer, or a negative error number.
   */
  readAt(directory: number, name: Buffer, buffer: Buffer): number;
}

/** The native reader, or why there is none: without it a file takes three calls and a longer lookup. */
export type NativeReaderChoice =
  | { readonly native: NativeReader; readonly cause?: undefined }
  | { readonly native?: undefined; readonly cause: string };

/** Beside this file, and in the image beside the bundle. */
const FILE = fileURLToPath(new URL('./reader.node', import.meta.url));

/** Loads the native reader of this machine, if it was built. */
export function loadNativeReader(file = FILE): NativeReaderChoice {
  const loaded = { exports: {} as NativeReader };
  try {
    process.dlopen(loaded, file);
    return { native: loaded.exports };
  } catch (error) {
    return { cause: error instanceof Error ? error.message : String(error) };
  }
}

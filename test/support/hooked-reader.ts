import { FileReader, type CachedDirectory, type FileReaderOptions } from '../../src/kernel/file-reader.ts';

/** A reader that calls back with the path of each file before it reads it, however it does. */
export class HookedReader extends FileReader {
  readonly #before: (path: string) => void;
  readonly #paths = new WeakMap<CachedDirectory, string>();
  /** Whether a read has called back already. */
  #inside = false;

  constructor(options: FileReaderOptions, before: (path: string) => void) {
    super(options);
    this.#before = before;
  }

  override read(path: string): number {
    return this.#once(path, () => super.read(path));
  }

  override readIn(directory: CachedDirectory, name: string): number {
    if (directory.descriptor < 0) return -1;
    return this.#once(`${this.#paths.get(directory)}${name}`, () => super.readIn(directory, name));
  }

  override openAndRead(directory: CachedDirectory, path: string, name: string): number {
    this.#paths.set(directory, path.slice(0, -name.length));
    return this.#once(path, () => super.openAndRead(directory, path, name));
  }

  #once(path: string, read: () => number): number {
    if (this.#inside) return read();
    this.#before(path);
    this.#inside = true;
    try {
      return read();
    } finally {
      this.#inside = false;
    }
  }
}

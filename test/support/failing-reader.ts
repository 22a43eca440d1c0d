import { FileReader, type CachedFile } from '../../src/kernel/file-reader.ts';

/** A reader with one file of which every read fails with the same error. */
export class FailingReader extends FileReader {
  readonly #path: string;
  readonly #code: string;

  /** `code`: the system's name of the error, as `ENODEV`. */
  constructor(path: string, code: string) {
    super({ maxCachedDescriptors: 4096 });
    this.#path = path;
    this.#code = code;
  }

  override read(path: string): number {
    this.#check(path);
    return super.read(path);
  }

  override readAndCache(file: CachedFile, path: string): number {
    this.#check(path);
    return super.readAndCache(file, path);
  }

  #check(path: string): void {
    if (path === this.#path) throw Object.assign(new Error(`${this.#code}: read`), { code: this.#code });
  }
}

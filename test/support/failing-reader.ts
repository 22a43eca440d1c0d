import { HookedReader } from './hooked-reader.ts';

/** A reader with one file of which every read fails with the same error; `code`: the system's name of it, as `ENODEV`. */
export class FailingReader extends HookedReader {
  constructor(path: string, code: string) {
    super({ maxCachedDescriptors: 4096 }, (read) => {
      if (read === path) throw Object.assign(new Error(`${code}: read`), { code });
    });
  }
}

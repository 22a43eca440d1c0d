import { watch, type FSWatcher } from 'node:fs';
import { errorCode } from '../base/error-code.ts';

/** The limits of inotify: watches of a user, instances of a user. */
const EXHAUSTED = new Set(['ENOSPC', 'EMFILE']);

/** Watches of files and directories by inotify, as many as the kernel allows. */
export class DirectoryWatches {
  readonly #watchers = new Map<string, FSWatcher>();
  #exhausted: string | undefined;

  /** Why not everything is watched: `ENOSPC` if `fs.inotify.max_user_watches` is reached. */
  get exhausted(): string | undefined {
    return this.#exhausted;
  }

  get size(): number {
    return this.#watchers.size;
  }

  /** Calls `changed` with the name of each entry of a directory that changes. What does not exist is not watched. */
  add(path: string, changed: (name: string) => void): void {
    if (this.#watchers.has(path)) return;
    try {
      const watcher = watch(path, { persistent: false }, (_, name) => changed(name ?? ''));
      // A directory that is removed is reported by its parent.
      watcher.on('error', () => {});
      this.#watchers.set(path, watcher);
    } catch (error) {
      const code = errorCode(error);
      if (EXHAUSTED.has(code)) this.#exhausted = code;
    }
  }

  remove(path: string): void {
    this.#watchers.get(path)?.close();
    this.#watchers.delete(path);
  }

  close(): void {
    for (const path of this.#watchers.keys()) this.remove(path);
  }
}

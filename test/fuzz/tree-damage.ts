import { cpSync, existsSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { errorCode } from '../../src/base/error-code.ts';

/** A change of a tree of files. `path` and `to` are below its root. */
export type Damage =
  /** One character per byte. */
  | { readonly kind: 'write'; readonly path: string; readonly content: string }
  /** Gone, or something else in its place; `loop` is a link to itself. */
  | { readonly kind: 'remove' | 'directory' | 'fifo' | 'loop'; readonly path: string }
  /** A directory under another name, one character per byte, in the directory `to`. */
  | { readonly kind: 'rename' | 'copy'; readonly path: string; readonly to: string; readonly name: string };

/** The tree that is damaged, and what it is restored from. */
export interface DamagedTree {
  readonly root: string;
  readonly original: string;
  /** A FIFO in the same file system. */
  readonly fifo: string;
}

/** Whether a directory may have this name. */
export function isFileName(name: string): boolean {
  return /^[^/\0]{1,255}$/.test(name) && name !== '.' && name !== '..';
}

/** What is in the way of a change after other changes: the path is gone, taken, or below a file. */
const IN_THE_WAY = new Set([
  'ENOENT',
  'ENOTDIR',
  'EEXIST',
  'ENOTEMPTY',
  'EISDIR',
  'EINVAL',
  'ELOOP',
  'ENAMETOOLONG',
  'EPERM',
]);

/** Damages a tree and restores it. */
export class TreeDamage {
  readonly #tree: DamagedTree;
  /** Paths below the root that are restored. */
  readonly #changed = new Set<string>();
  /** Absolute paths that are removed. */
  readonly #added: Buffer[] = [];

  constructor(tree: DamagedTree) {
    this.#tree = tree;
  }

  /** Applies a change, or nothing if an earlier one makes it impossible. */
  apply(damage: Damage): void {
    this.#changed.add(damage.path);
    try {
      this.#apply(damage);
    } catch (error) {
      if (!IN_THE_WAY.has(errorCode(error)) && !errorCode(error).startsWith('ERR_FS_CP')) throw error;
    }
  }

  /** Undoes all changes. */
  restore(): void {
    for (const path of this.#added.splice(0)) rmSync(path, { recursive: true, force: true });
    for (const path of this.#changed) rmSync(join(this.#tree.root, path), { recursive: true, force: true });
    for (const path of this.#changed) {
      const original = join(this.#tree.original, path);
      if (existsSync(original))
        cpSync(original, join(this.#tree.root, path), { recursive: true, verbatimSymlinks: true });
    }
    this.#changed.clear();
  }

  #apply(damage: Damage): void {
    const path = join(this.#tree.root, damage.path);
    if (damage.kind === 'write') {
      writeFileSync(path, Buffer.from(damage.content, 'latin1'), { flag: 'r+' });
      return;
    }
    if ('name' in damage) {
      this.#move(damage, path);
      return;
    }
    if (!existsSync(dirname(path))) return;
    rmSync(path, { recursive: true, force: true });
    if (damage.kind === 'directory') mkdirSync(path);
    else if (damage.kind === 'fifo') linkSync(this.#tree.fifo, path);
    else if (damage.kind === 'loop') symlinkSync(path, path);
  }

  #move({ kind, to, name }: Extract<Damage, { name: string }>, path: string): void {
    const bytes = Buffer.from(name, 'latin1');
    // Only strings can be copied to.
    const last = kind === 'copy' ? Buffer.from(bytes.toString()) : bytes;
    const target = Buffer.concat([Buffer.from(`${join(this.#tree.root, to)}/`), last]);
    if (existsSync(target) || to === path || !existsSync(path)) return;
    this.#added.push(target);
    if (kind === 'rename') renameSync(path, target);
    else cpSync(path, target.toString(), { recursive: true, verbatimSymlinks: true });
  }
}

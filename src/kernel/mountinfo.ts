/**
 * Parser of the mounts of a mount namespace.
 * https://docs.kernel.org/filesystems/proc.html#proc-pid-mountinfo-information-about-mounts
 */

/**
 * One mount. Paths are latin1 strings, one character per byte, because the kernel does not define their encoding;
 * `text.ts` decodes them.
 */
export interface Mount {
  readonly id: number;
  /** ID of the parent mount. */
  readonly parent: number;
  /** `major:minor` of the superblock. */
  readonly device: string;
  /** Root of the mount within the file system; `/` unless it is a bind mount of a part. */
  readonly root: string;
  readonly mountPoint: string;
  /** Per-mount options. */
  readonly options: string;
  /** File system type with subtype: `fuse.sshfs`. */
  readonly type: string;
  /** Mount source, specific to the file system; may be empty. */
  readonly source: string;
  /** Per-superblock options. */
  readonly superOptions: string;
  /** Whether mounts that are made below it elsewhere appear here: it is shared, or a slave. */
  readonly isPropagated: boolean;
}

/**
 * Parses the content of a mountinfo file. Invalid lines are skipped.
 *
 *     36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
 */
export function parseMountinfo(content: Buffer): readonly Mount[] {
  const mounts: Mount[] = [];
  for (const line of content.toString('latin1').split('\n')) {
    const mount = parseMountLine(line);
    if (mount !== undefined) mounts.push(mount);
  }
  return mounts;
}

/** Parses one line of a mountinfo file, without its newline; `undefined` if it is invalid. */
export function parseMountLine(line: string): Mount | undefined {
  const separator = line.indexOf(' - ');
  if (separator < 0) return undefined;
  const own = line.slice(0, separator);
  const [id, parent, device = '', root = '', point = '', options = ''] = own.split(' ', 6);
  const [type = '', source = '', superOptions = ''] = line.slice(separator + ' - '.length).split(' ', 3);
  return {
    id: Number(id),
    parent: Number(parent),
    device,
    root: unescapeOctal(root),
    mountPoint: unescapeOctal(point),
    options,
    type: unescapeOctal(type),
    source: unescapeOctal(source),
    superOptions,
    isPropagated: own.includes(' shared:') || own.includes(' master:'),
  };
}

/** Decodes octal escapes of white space and backslashes: `\040`. */
export function unescapeOctal(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Encodes a path as the kernel writes it. */
export function escapeOctal(path: string): string {
  return path.replaceAll(/[ \t\n\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/**
 * The mounts of a namespace.
 * https://docs.kernel.org/filesystems/proc.html#proc-pid-mountinfo-information-about-mounts
 */

/**
 * One mount. Paths are bytes, of which each is one character here (latin1), because the kernel's are in no
 * particular encoding; {@link decodePath} makes text of them.
 */
export interface Mount {
  readonly id: number;
  /** The mount on which this one sits. */
  readonly parent: number;
  /** `major:minor` of the superblock. */
  readonly device: string;
  /** What of the file system is mounted; `/` for all of it. */
  readonly root: string;
  readonly mountPoint: string;
  /** Options of this mount. */
  readonly options: string;
  /** With its subtype: `fuse.sshfs`. */
  readonly type: string;
  /** What was mounted, in the file system's own words; may be empty. */
  readonly source: string;
  /** Options of the superblock. */
  readonly superOptions: string;
}

/**
 * The mounts in the content of a mountinfo; lines that are none are left out.
 *
 *     36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
 */
export function parseMountinfo(content: Buffer): readonly Mount[] {
  const mounts: Mount[] = [];
  for (const line of content.toString('latin1').split('\n')) {
    const mount = parseLine(line);
    if (mount !== undefined) mounts.push(mount);
  }
  return mounts;
}

function parseLine(line: string): Mount | undefined {
  const separator = line.indexOf(' - ');
  if (separator < 0) return undefined;
  const [id, parent, device = '', root = '', point = '', options = ''] = line.slice(0, separator).split(' ', 6);
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
  };
}

/** Spaces and the like are written as octal numbers: `\040`. */
export function unescapeOctal(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

const NOT_ASCII = /[\u0080-\u00ff]/;

/** The text of a path's bytes, which are UTF-8 as a rule; what is not becomes U+FFFD. */
export function decodePath(bytes: string): string {
  return NOT_ASCII.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}

import { decodeLatin1, SPECIAL_BYTES } from './text.ts';

/**
 * Names of cgroups are any bytes. In paths, a byte that is not part of valid UTF-8 is a lone surrogate, U+DC80 to U+DCFF,
 * which valid UTF-8 never contains (PEP 383).
 */

const FIRST_SURROGATE = 0xdc00;
const FIRST_NOT_ASCII = 0x80;
const ESCAPED = /([\udc80-\udcff])/u;

/** The name for use in a path. */
export function nameOfBytes(bytes: Buffer): string {
  return bytes.toString('latin1').replaceAll(SPECIAL_BYTES, (match: string, characters: string | undefined) => {
    if (characters !== undefined) return Buffer.from(match, 'latin1').toString('utf8');
    const byte = match.charCodeAt(0);
    return byte < FIRST_NOT_ASCII ? match : String.fromCharCode(FIRST_SURROGATE + byte);
  });
}

/** The path for system calls. */
export function systemPath(path: string): string | Buffer {
  return path.isWellFormed() ? path : bytesOf(path);
}

/** The path as the text of a label, with escapes as in {@link decodeLatin1}. */
export function pathText(path: string): string {
  if (path.isWellFormed() && !path.includes('\\x')) return path;
  return decodeLatin1(bytesOf(path).toString('latin1'));
}

function bytesOf(path: string): Buffer {
  const parts = path.split(ESCAPED);
  return Buffer.concat(
    parts.map((part) =>
      part.isWellFormed() ? Buffer.from(part) : Buffer.from([part.charCodeAt(0) - FIRST_SURROGATE]),
    ),
  );
}

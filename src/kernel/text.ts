/**
 * Text of names and paths that the kernel writes: any bytes, in no particular encoding. Labels must be UTF-8.
 *
 * Valid UTF-8 is returned as it is. Every other byte is written as `\xe9`, two lower-case hexadecimal digits. U+FFFD would
 * make one label of two names that differ in such a byte, and thus two samples of one series. A name may also contain the
 * four characters `\xe9`: the backslash of what reads like such an escape is written as `\x5c`. Different bytes therefore
 * always have different texts. The escapes of systemd (`\x2d`) do not read like one and stay.
 */

const BACKSLASH = 92;
const FIRST_NOT_ASCII = 128;

/** A character is a byte here. Matches characters of UTF-8 beyond ASCII, and single bytes that need an escape. */
export const SPECIAL_BYTES = new RegExp(
  [
    '((?:[\\xc2-\\xdf][\\x80-\\xbf]',
    '\\xe0[\\xa0-\\xbf][\\x80-\\xbf]',
    '[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}',
    '\\xed[\\x80-\\x9f][\\x80-\\xbf]',
    '\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}',
    '[\\xf1-\\xf3][\\x80-\\xbf]{3}',
    '\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2})+)',
    '[\\x80-\\xff]',
    '\\\\(?=x(?:5c|[89a-f][0-9a-f]))',
  ].join('|'),
  'g',
);

/** Returns the text of bytes of which each is one character (latin1). */
export function decodeLatin1(bytes: string): string {
  return bytes.replaceAll(SPECIAL_BYTES, (match: string, characters: string | undefined) =>
    characters === undefined ? `\\x${match.charCodeAt(0).toString(16)}` : Buffer.from(match, 'latin1').toString('utf8'),
  );
}

/** Returns the path to open for bytes of which each is one character (latin1). One that is not UTF-8 cannot be opened so. */
export function decodePath(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Returns the text of `bytes[start, end)`. */
export function decodeBytes(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let plain = true;
  for (let index = start; index < end; index++) {
    const byte = bytes[index] as number;
    if (byte === BACKSLASH || byte >= FIRST_NOT_ASCII) plain = false;
    text += String.fromCharCode(byte);
  }
  return plain ? text : decodeLatin1(text);
}

import { isUtf8 } from 'node:buffer';

import type { Fault } from '../../src/kernel/formats/keyed.ts';

/**
 * What the reference parsers have in common. They work on whole strings with one character per byte, as slowly and as
 * plainly as the formats can be described.
 */

/** "No limit" on cgroup v1 is 2^63 less a page; nothing real is as large as this. */
const UNLIMITED = 2n ** 62n;

/** A number, Infinity for "no limit", undefined for any other text. */
export function decimal(text: string): number | undefined {
  if (text === 'max' || /^-\d+$/.test(text)) return Number.POSITIVE_INFINITY;
  if (!/^\d+$/.test(text)) return undefined;
  return BigInt(text) >= UNLIMITED ? Number.POSITIVE_INFINITY : Number(text);
}

/** Like {@link decimal}, or a number of at most 15 digits with a decimal point. */
export function fixedPoint(text: string): number | undefined {
  return decimal(text) ?? (/^(?=.{3,16}$)\d+\.\d+$/.test(text) ? Number(text) : undefined);
}

/** Lines that end with a newline, without it. */
export function completeLines(content: string): readonly string[] {
  return content.split('\n').slice(0, -1);
}

/** The fault of a file whose last line must end, and whose requested numbers are all readable if `valid`. */
export function faultOf(content: string, valid: boolean): Fault | undefined {
  if (content === '') return 'empty';
  if (!content.endsWith('\n')) return 'truncated';
  return valid ? undefined : 'malformed';
}

/** The part of `text` before the first `separator`, and the part after it; undefined if it has none. */
export function splitOnce(text: string, separator: string): readonly [before: string, after: string] | undefined {
  const at = text.indexOf(separator);
  return at < 0 ? undefined : [text.slice(0, at), text.slice(at + separator.length)];
}

/** UTF-8 as it is, every other byte as `\xNN`, and a backslash that could be read as the start of one as `\x5c`. */
export function decodedName(bytes: string): string {
  let name = '';
  for (let at = 0; at < bytes.length;) {
    const character = characterAt(bytes, at);
    name += character ?? escapedAt(bytes, at);
    at += character === undefined ? 1 : Buffer.byteLength(character);
  }
  return name;
}

function characterAt(bytes: string, at: number): string | undefined {
  for (let length = 2; length <= 4; length++) {
    const candidate = Buffer.from(bytes.slice(at, at + length), 'latin1');
    if (bytes.charCodeAt(at) < 0x80 || candidate.length < length || !isUtf8(candidate)) continue;
    const text = candidate.toString();
    if (String.fromCodePoint(text.codePointAt(0) ?? 0) === text) return text;
  }
  return undefined;
}

function escapedAt(bytes: string, at: number): string {
  const code = bytes.charCodeAt(at);
  const looksEscaped = /^\\x(?:5c|[89a-f][0-9a-f])/.test(bytes.slice(at, at + 4));
  return code >= 0x80 || looksEscaped ? `\\x${code.toString(16)}` : (bytes[at] ?? '');
}

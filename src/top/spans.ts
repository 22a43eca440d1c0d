import type { Trouble } from './troubles.ts';

/** How a text looks. */
export type Style = Trouble['severity'] | 'dim' | 'bold' | 'selected';

/** A part of a line in one style. */
export interface Span {
  readonly text: string;
  readonly style?: Style | undefined;
}

/** A line of the terminal. */
export type Line = readonly Span[];

/** A line of at most so many characters. */
export function cut(line: Line, width: number): Line {
  let left = width;
  return line.flatMap(({ text, style }) => {
    const shown = shortened(printable(text), left);
    left -= shown.length;
    return shown === '' ? [] : [{ text: shown, style }];
  });
}

/** A text of at most so many characters; the last one shows that it is not whole. */
export function shortened(text: string, width: number): string {
  if (text.length <= width) return text;
  return width < 1 ? '' : `${text.slice(0, width - 1)}…`;
}

/** Characters at the end of a name, by which replicas differ. */
const NAME_END = 6;

/** A name of at most so many characters, cut before its end if there is room for both parts. */
export function shortenedName(name: string, width: number): string {
  if (name.length <= width || width < 2 * NAME_END) return shortened(name, width);
  return shortened(name, width - NAME_END) + name.slice(-NAME_END);
}

/** Stands between the items of a list. */
export const LIST_SEPARATOR = ', ';

/** A list of at most so many characters: as many of the first items as fit, and how many there are besides, as ` +2`. */
export function shortenedList(list: string, width: number): string {
  const items = list.split(LIST_SEPARATOR);
  for (let shown = items.length; shown > 0; shown--) {
    const text = items.slice(0, shown).join(LIST_SEPARATOR) + besides(items.length - shown);
    if (text.length <= width) return text;
  }
  const end = besides(items.length - 1);
  return shortened(items[0] ?? '', width - end.length) + end;
}

function besides(count: number): string {
  return count === 0 ? '' : ` +${count}`;
}

/** The characters of a line. */
export function plainText(line: Line): string {
  return line.map(({ text }) => printable(text)).join('');
}

/** Names and messages come from others: none may move the cursor or change the terminal. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?');
}

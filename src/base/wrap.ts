/** Keeps two words in one line. */
export const NO_BREAK_SPACE = '\u00A0';

/** Lines of up to `width` characters, broken at spaces that are no no-break spaces. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((whole) => whole.replaceAll(NO_BREAK_SPACE, ' '));
}

/** The longest line that is read. */
export interface LineLimit {
  readonly maxBytes: number;
  /** The error for a longer line. */
  readonly tooLong: () => Error;
}

const NEWLINE = 0x0a;

/**
 * Splits a stream into lines and decodes each as a whole, as a chunk may end within a character. The last line may lack the
 * newline. Blank lines are skipped.
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  { maxBytes, tooLong }: LineLimit,
): AsyncGenerator<string, void, undefined> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, begin)) {
      yield* nonBlankLine([...parts, chunk.subarray(begin, end)]);
      parts = [];
      length = 0;
      begin = end + 1;
    }
    parts.push(chunk.subarray(begin));
    length += chunk.length - begin;
    if (length > maxBytes) throw tooLong();
  }
  yield* nonBlankLine(parts);
}

function nonBlankLine(parts: readonly Buffer[]): readonly string[] {
  const content = Buffer.concat(parts).toString().trim();
  return content === '' ? [] : [content];
}

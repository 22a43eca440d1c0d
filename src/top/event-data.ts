/** The data of server-sent events in a response, as a browser reads them; comments and other fields are skipped. */
export async function* eventData(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let data: string[] = [];
  let rest: string[] = [];
  for await (const chunk of chunks) {
    const [first = '', ...lines] = decoder.decode(chunk, { stream: true }).split('\n');
    rest.push(first);
    for (const next of lines) {
      const line = rest.join('').replace(/\r$/, '');
      rest = [next];
      if (line === '' && data.length > 0) {
        yield data.join('\n');
        data = [];
      }
      if (line.startsWith('data:')) data.push(line.slice(line.startsWith('data: ') ? 6 : 5));
    }
  }
}

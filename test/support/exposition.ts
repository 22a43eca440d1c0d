/** One sample of a text in Prometheus' format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Milliseconds, where the text has timestamps. */
  readonly timestamp?: number;
}

/** Reads a text in Prometheus' format; throws at the first line that is none. */
export function parseExposition(text: string): Sample[] {
  return text.split('\n').flatMap((line) => (line === '' || line.startsWith('#') ? [] : [parseSample(line)]));
}

function parseSample(line: string): Sample {
  const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: (\d+))?$/s.exec(line);
  if (match === null) throw new Error(`no sample: ${line}`);
  const [, name = '', labels = '', value = '', timestamp] = match;
  const parsed = { name, labels: parseLabels(labels, line), value: parseValue(value, line) };
  return timestamp === undefined ? parsed : { ...parsed, timestamp: Number(timestamp) };
}

function parseLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const match = /^([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/.exec(rest);
    if (match === null) throw new Error(`no labels: ${line}`);
    const [all, name = '', value = ''] = match;
    if (name in labels) throw new Error(`label twice: ${line}`);
    labels[name] = value.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
    rest = rest.slice(all.length);
  }
  return labels;
}

function parseValue(text: string, line: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  const value = Number(text);
  if (text !== 'NaN' && Number.isNaN(value)) throw new Error(`no number: ${line}`);
  return value;
}

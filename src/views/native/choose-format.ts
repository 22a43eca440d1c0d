import type { ExpositionFormat } from '../../exposition/writer.ts';

/** An element of a header's list; commas in quoted strings do not separate (RFC 9110, 5.6.4). */
const ELEMENT = /(?:"(?:[^"\\]|\\.)*"?|[^,"])+/g;

/** A media type or a parameter of one; semicolons in quoted strings do not separate. */
const PART = /(?:"(?:[^"\\]|\\.)*"?|[^;"])+/g;

/**
 * The format that the header `Accept` prefers; text 0.0.4 if it accepts none that we write.
 * Parameters other than `version` and `q` are ignored: Prometheus adds `escaping`.
 * https://prometheus.io/docs/instrumenting/content_negotiation/
 */
export function chooseFormat(accept: string): ExpositionFormat {
  let best: { format: ExpositionFormat; quality: number } = { format: 'text', quality: 0 };
  for (const [range] of accept.matchAll(ELEMENT)) {
    const [type = '', ...parameters] = [...range.matchAll(PART)].map(([part]) => part.trim().toLowerCase());
    const parameter = (name: string): string | undefined => {
      const text = parameters.find((candidate) => candidate.startsWith(`${name}=`));
      return text === undefined ? undefined : unquoted(text.slice(name.length + 1));
    };
    const format = formatOf(type, parameter('version'));
    const quality = Number(parameter('q') ?? 1);
    if (format !== undefined && quality > best.quality) best = { format, quality };
  }
  return best.format;
}

/** The content of a quoted string, or a token as it is. */
function unquoted(value: string): string {
  const [, content] = /^"((?:[^"\\]|\\.)*)"$/.exec(value) ?? [];
  return content === undefined ? value : content.replaceAll(/\\(.)/g, '$1');
}

function formatOf(type: string, version: string | undefined): ExpositionFormat | undefined {
  if (type === 'application/openmetrics-text') {
    return version === undefined || version === '1.0.0' ? 'openmetrics' : undefined;
  }
  if (type === 'text/plain') return version === undefined || version === '0.0.4' ? 'text' : undefined;
  return type === '*/*' || type === 'text/*' ? 'text' : undefined;
}

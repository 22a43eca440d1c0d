import type { ExpositionFormat } from '../../exposition/writer.ts';

/**
 * The format that the header `Accept` prefers; text 0.0.4 if it accepts none that we write.
 * Parameters other than `version` and `q` are ignored: Prometheus adds `escaping`.
 * https://prometheus.io/docs/instrumenting/content_negotiation/
 */
export function chooseFormat(accept: string): ExpositionFormat {
  let best: { format: ExpositionFormat; quality: number } = { format: 'text', quality: 0 };
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const parameter = (name: string): string | undefined =>
      parameters.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1);
    const format = formatOf(type, parameter('version'));
    const quality = Number(parameter('q') ?? 1);
    if (format !== undefined && quality > best.quality) best = { format, quality };
  }
  return best.format;
}

function formatOf(type: string, version: string | undefined): ExpositionFormat | undefined {
  if (type === 'application/openmetrics-text') {
    return version === undefined || version === '1.0.0' ? 'openmetrics' : undefined;
  }
  if (type === 'text/plain') return version === undefined || version === '0.0.4' ? 'text' : undefined;
  return type === '*/*' || type === 'text/*' ? 'text' : undefined;
}

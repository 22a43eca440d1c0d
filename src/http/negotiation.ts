import type { MetricsFormat } from '../views/native/metrics.ts';

/**
 * The format that the header `Accept` likes best; text 0.0.4 if it likes none that we write.
 * Parameters other than `version` and `q` are not looked at: Prometheus adds `escaping`.
 * https://prometheus.io/docs/instrumenting/content_negotiation/
 */
export function chooseFormat(accept: string): MetricsFormat {
  let best: { format: MetricsFormat; quality: number } = { format: 'text', quality: 0 };
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

function formatOf(type: string, version: string | undefined): MetricsFormat | undefined {
  if (type === 'application/openmetrics-text') {
    return version === undefined || version === '1.0.0' ? 'openmetrics' : undefined;
  }
  if (type === 'text/plain') return version === undefined || version === '0.0.4' ? 'text' : undefined;
  return type === '*/*' || type === 'text/*' ? 'text' : undefined;
}

/** Seconds less than the scraper's timeout by which we must have answered: the way back takes time too. */
const MARGIN = 0.5;

/** Whoever does not say how long they wait gets a partial answer after this many seconds. */
const DEFAULT_TIMEOUT = 60;

/** Seconds that a scrape may take, from the header `X-Prometheus-Scrape-Timeout-Seconds`. */
export function scrapeBudget(header: string): number {
  const timeout = Number(header);
  if (header === '' || !Number.isFinite(timeout) || timeout <= 0) return DEFAULT_TIMEOUT;
  return Math.min(DEFAULT_TIMEOUT, timeout - Math.min(MARGIN, timeout * 0.1));
}

/** Thrown for a query that asks for a collector that is not there. */
export class UnknownCollector extends Error {
  override readonly name = 'UnknownCollector';
}

/**
 * The collectors that `?collect[]=` selects among the enabled ones; all of them if it does not occur.
 *
 * @throws {UnknownCollector} with a line that lists what there is.
 */
export function chooseCollectors(query: URLSearchParams, enabled: ReadonlySet<string>): ReadonlySet<string> {
  const asked = query.getAll('collect[]');
  const unknown = asked.filter((name) => !enabled.has(name));
  if (unknown.length > 0) {
    const named = unknown.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 64)));
    throw new UnknownCollector(
      `unknown or disabled collector: ${named.join(', ')}; enabled are ${[...enabled].join(', ')}`,
    );
  }
  return asked.length === 0 ? enabled : new Set(asked);
}

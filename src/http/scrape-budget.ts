/** Seconds less than the scraper's timeout within which the response must be complete: its way back takes time too. */
const MARGIN = 0.5;

/** A client that reports no timeout gets a partial response after this many seconds. */
const DEFAULT_TIMEOUT = 60;

/** Seconds that a scrape may take, from the header `X-Prometheus-Scrape-Timeout-Seconds`. */
export function scrapeBudget(header: string): number {
  const timeout = Number(header);
  if (header === '' || !Number.isFinite(timeout) || timeout <= 0) return DEFAULT_TIMEOUT;
  return Math.min(DEFAULT_TIMEOUT, timeout - Math.min(MARGIN, timeout * 0.1));
}

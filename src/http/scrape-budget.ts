/** Seconds less than the scraper's timeout within which the response must be complete: its way back takes time too. */
const MARGIN = 0.5;

/** A client that reports no timeout gets a partial response after this many seconds. */
const DEFAULT_TIMEOUT = 60;

/** Seconds that the client waits, from the header `X-Prometheus-Scrape-Timeout-Seconds`; `undefined` without it. */
export function announcedTimeout(header: string): number | undefined {
  const timeout = Number(header);
  return header === '' || !Number.isFinite(timeout) || timeout <= 0 ? undefined : timeout;
}

/** Seconds that a scrape may take. */
export function scrapeBudget(header: string): number {
  const timeout = announcedTimeout(header);
  return timeout === undefined ? DEFAULT_TIMEOUT : Math.min(DEFAULT_TIMEOUT, timeout - Math.min(MARGIN, timeout * 0.1));
}

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

import type { Cleanup } from './cleanup.ts';
import { CHROMIUM, SCREENSHOTS, whyNoChromium } from './page-renderer.ts';

/** Why no page can be opened, as a test's reason to be skipped. */
export function whyNoBrowser(): string | undefined {
  return whyNoChromium() || undefined;
}

/** Debian's Chromium, closed at the end of a suite. */
export async function startBrowser(cleanup: Cleanup): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  cleanup.defer(() => browser.close());
  return browser;
}

/** A page, and everything that went wrong on it: uncaught errors, messages, requests that failed or left the server. */
export interface OpenedPage {
  readonly page: Page;
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/** Opens an address; `script` runs before those of the page. */
export async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
  script = '',
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1600, height: 900 }, ...options });
  await context.addInitScript(script);
  const page = await context.newPage();
  const faults: string[] = [];
  const { origin } = new URL(address);
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => faults.push(message.text()));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) faults.push(`request of ${url}`);
  });
  await page.goto(address);
  return { page, faults, close: () => context.close() };
}

/** Keeps an image of a page; returns its path. */
export async function screenshot(page: Page, name: string): Promise<string> {
  if (!existsSync(SCREENSHOTS)) mkdirSync(SCREENSHOTS, { recursive: true });
  const path = join(SCREENSHOTS, `${name}.png`);
  await page.screenshot({ path });
  return path;
}

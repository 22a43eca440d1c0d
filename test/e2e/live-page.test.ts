import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';

import { writePageAssets } from '../../scripts/page-assets.ts';
import { openPage, screenshot, startBrowser, whyNoBrowser, type OpenedPage } from '../support/browser.ts';
import { Cleanup } from '../support/cleanup.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { startTroubledNode, whyNoTroubledNode, type TroubledNode } from '../support/troubled-node.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const WIDTHS = [1600, 800, 360] as const;
const THEMES = ['light', 'dark'] as const;

/** Pods in trouble: what the table says, and what the page of the pod says. */
const TROUBLED: readonly (readonly [pod: string, short: RegExp, reason: RegExp])[] = [
  ['throttled', /throttled \d+ %/, /Throttled by its CPU limit in \d+ % of the periods/],
  ['oom-child', /OOM-killed/, /\d+ OOM kills?, \d+ of them in the last minutes/],
  ['stuck', /volume archive stuck/, /Volume archive does not answer/],
  ['lossy', /retransmits \d+ %/, /TCP segments per second are retransmitted, \d+ % of those sent/],
];

/** The row of a pod. */
function rowOf(page: Page, pod: string): Locator {
  return page.locator('table.pods tbody tr', { has: page.getByRole('link', { name: pod, exact: true }) });
}

/** What a screen reader reads after the name. */
async function descriptionOf(element: Locator): Promise<string> {
  const id = await element.getAttribute('aria-describedby');
  return (await element.page().locator(`#${id}`).textContent()) ?? '';
}

/** Violations of WCAG and best practices that axe-core finds; a theme changes nothing but contrasts. */
async function violations(page: Page, theme: (typeof THEMES)[number]): Promise<readonly string[]> {
  await page.evaluate(AXE);
  return page.evaluate(
    async (rules) => {
      const { axe } = globalThis as unknown as {
        axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      const found = await axe.run(rules);
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    },
    theme === 'light' ? {} : { runOnly: ['color-contrast'] },
  );
}

describe('the live page', { skip: whyNoBrowser() ?? whyNoTroubledNode() }, () => {
  const cleanup = new Cleanup();
  let troubled: TroubledNode;
  let exporter: ExporterProcess;
  let browser: Browser;
  let opened: OpenedPage;

  before(async () => {
    await writePageAssets();
    [browser, troubled] = await Promise.all([startBrowser(cleanup), startTroubledNode(cleanup)]);
    exporter = await ExporterProcess.start([...troubled.flags, '--collector.volumes.timeout=1'], troubled);
    cleanup.defer(() => exporter.stop());
    await exporter.ready();
    opened = await openPage(browser, `${exporter.url}/`);
    cleanup.defer(() => opened.close());
  });

  after(() => cleanup.run());

  for (const [pod, short, reason] of TROUBLED) {
    test(`shows what is wrong with ${pod}, and one click later why`, async () => {
      const { page } = opened;
      await page.goto(`${exporter.url}/#`);
      await rowOf(page, pod).locator('td.problems', { hasText: short }).waitFor();
      await page.getByRole('link', { name: pod, exact: true }).click();
      await page.locator('.reasons li', { hasText: reason }).waitFor();
    });
  }

  test('shows pods in trouble first, and colours nothing of a healthy one', async () => {
    const { page } = opened;
    await page.goto(`${exporter.url}/#`);
    await rowOf(page, 'proxy-standin').waitFor();
    const pods = await page.locator('table.pods tbody th.pod a').allTextContents();
    const positions = TROUBLED.map(([pod]) => pods.indexOf(pod));
    assert.ok(Math.max(...positions) < pods.indexOf('proxy-standin'), pods.join());
    assert.equal(await rowOf(page, 'proxy-standin').locator('.critical, .warning').count(), 0);
  });

  test('sorts by a column, and keeps that in the address', async () => {
    const { page } = opened;
    await page.goto(`${exporter.url}/#`);
    await page.getByRole('button', { name: 'Sort by Memory anon' }).click();
    const first = page.locator('table.pods tbody tr').first();
    await first.getByText('cart-0').waitFor();
    assert.match(page.url(), /#\?sort=-anon$/);
    await page.reload();
    await first.getByText('cart-0').waitFor();
    assert.equal(await page.locator('th[aria-sort=descending]').innerText(), 'anon');
  });

  test('can be used with the keyboard alone', async () => {
    const { page } = opened;
    await page.goto(`${exporter.url}/#`);
    await rowOf(page, 'multi').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('statefulset cart');
    await page.getByText('1 of 15 pods').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('15 pods', { exact: true }).waitFor();
    for (const key of ['j', 'j', 'k', 'Enter']) await page.keyboard.press(key);
    await page.getByRole('heading', { name: 'Containers' }).waitFor();
    await page.keyboard.press('Escape');
    await rowOf(page, 'multi').waitFor();
    await page.keyboard.press('p');
    await page.getByText('paused').waitFor();
    await page.keyboard.press('p');
    await page.getByText('live, every 2 s').waitFor();
  });

  test('explains a coloured cell to the keyboard, the pointer and a screen reader', async () => {
    const { page } = opened;
    await page.goto(`${exporter.url}/#`);
    const row = rowOf(page, 'throttled');
    const cell = row.locator('td.n.critical').getByRole('button');
    const [reason, tooltip] = [/Throttled by its CPU limit in/, page.getByRole('tooltip')];
    await cell.waitFor();
    assert.match(await cell.ariaSnapshot(), /button "\d+ %"/);
    assert.match(await descriptionOf(cell), reason);
    assert.equal(await tooltip.count(), 0);
    await row.getByRole('link').focus();
    for (const text of [/^throttled \d+ %$/, /^\d+ %$/]) {
      await page.keyboard.press('Tab');
      await page.locator('button:focus', { hasText: text }).waitFor();
      assert.match(await tooltip.innerText(), reason);
    }
    await page.keyboard.press('Escape');
    await tooltip.waitFor({ state: 'detached' });
    await row.locator('td.problems').getByRole('button').hover();
    await tooltip.hover();
    assert.match(await tooltip.innerText(), reason);
    await page.mouse.move(0, 0);
    await tooltip.waitFor({ state: 'detached' });
  });

  test('shows the processes of a pod, and charts of its past', async () => {
    const { page } = opened;
    await page.goto(`${exporter.url}/#pod/shop/cart-0`);
    const processes = page.locator('article table').last();
    await processes.getByText('sleeping').first().waitFor();
    assert.deepEqual((await processes.locator('th').allInnerTexts()).slice(0, 4), [
      'PID',
      'Name',
      'Container',
      'State',
    ]);
    await page.locator('tr', { hasText: 'data-cart-0' }).getByRole('meter').waitFor();
    const charts = await page.locator('figure figcaption').allInnerTexts();
    for (const title of ['CPU by container', 'Memory by kind', 'Network', 'TCP errors'])
      assert.ok(charts.includes(title));
    assert.equal(await page.locator('figure canvas').count(), charts.length);
  });

  test('has nothing that axe-core objects to', async () => {
    const { page } = opened;
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme });
      for (const fragment of ['#', '#pod/shop/multi', ...(colorScheme === 'light' ? ['#node'] : [])]) {
        await page.goto(`${exporter.url}/${fragment}`);
        await page.locator('h2, table.pods td.problems .critical').first().waitFor();
        assert.deepEqual(await violations(page, colorScheme), [], `${colorScheme} ${fragment}`);
      }
    }
  });

  test('fits into every width', async (context) => {
    const { page } = opened;
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      for (const [name, fragment] of Object.entries({ pods: '#', pod: '#pod/shop/lossy', node: '#node' })) {
        await page.goto(`${exporter.url}/${fragment}`);
        await page.locator('main:visible').locator('h2, th.pod').first().waitFor();
        const { width: needed = 0 } = (await page.locator('html').boundingBox()) ?? {};
        const scrollable = await page.evaluate<number>('document.documentElement.scrollWidth');
        assert.deepEqual([needed, scrollable], [width, width], name);
        for (const colorScheme of THEMES) {
          await page.emulateMedia({ colorScheme });
          context.diagnostic(await screenshot(page, `live-${name}-${width}-${colorScheme}`));
        }
      }
    }
  });

  test('has met no error, and requests nothing from another server', () => assert.deepEqual(opened.faults, []));

  test('lists the endpoints without JavaScript', async () => {
    const scriptless = await openPage(browser, `${exporter.url}/`, { javaScriptEnabled: false });
    await scriptless.page.getByRole('link', { name: '/metrics', exact: true }).waitFor();
    assert.ok(await scriptless.page.getByText('requires JavaScript').isVisible());
    await scriptless.close();
    assert.ok(await opened.page.getByText('requires JavaScript').isHidden());
  });
});

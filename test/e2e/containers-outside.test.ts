import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';

import { writePageAssets } from '../../scripts/page-assets.ts';
import { type OpenedPage, openPage, screenshot, startBrowser, whyNoBrowser } from '../support/browser.ts';
import { Cleanup } from '../support/cleanup.ts';
import { outsideId, startContainersOutside } from '../support/containers-outside.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { EXPORTER, Program } from '../support/program.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { StandInNode } from '../support/stand-in-node.ts';
import { idle } from '../support/workloads.ts';

const NAMES = ['idle', 'front', 'cache', 'leaky', 'unlisted'];
const UNLISTED = outsideId('unlisted').slice(0, 12);

// The machine that runs the tests may itself be a pod.
delete process.env['KUBERNETES_SERVICE_HOST'];

describe('containers outside of pods', { skip: whyNoStandIn() ?? whyNoBrowser() ?? false }, () => {
  const cleanup = new Cleanup();
  let node: StandInNode;
  let flags: readonly string[];
  let browser: Browser;

  before(async () => {
    await writePageAssets();
    [browser, node] = await Promise.all([startBrowser(cleanup), StandInNode.create()]);
    cleanup.defer(() => node.stop());
    const { socket } = await startContainersOutside(node.tree, cleanup);
    flags = [`--path.cgroup=${node.tree.view()}`, `--containers=docker:${socket}`];
  });

  after(() => cleanup.run());

  async function opened(more: readonly string[], fragment = '#'): Promise<OpenedPage> {
    const exporter = await ExporterProcess.start([...flags, ...more]);
    cleanup.defer(() => exporter.stop());
    await exporter.ready();
    return openPage(browser, `${exporter.url}/${fragment}`);
  }

  test('are all that the page of a host without pods shows, the worst first', async (context) => {
    const shown = await opened(['--pods=none']);
    const { page } = shown;
    await rowOf(page, 'leaky').locator('td.problems', { hasText: 'OOM-killed' }).waitFor();
    await rowOf(page, 'front')
      .locator('td.problems', { hasText: /throttled \d+ %/ })
      .waitFor();
    const names = await namesOn(page);
    assert.deepEqual(
      [names.slice(0, 2).toSorted(), names.slice(2).toSorted()],
      [['front', 'leaky'], [UNLISTED, 'cache', 'idle'].toSorted()],
    );
    await page.getByText('5 containers', { exact: true }).waitFor();
    assert.deepEqual((await page.getByLabel('Order').locator('option').allTextContents()).slice(0, 4), [
      'worst first',
      'container',
      'engine',
      'CPU cores',
    ]);
    for (const width of [1600, 800, 360]) {
      await page.setViewportSize({ width, height: 900 });
      context.diagnostic(await screenshot(page, `outside-${width}`));
    }
    assert.deepEqual(shown.faults, []);
    await shown.close();
  });

  test('are the rows of top, with the columns of docker stats', async () => {
    const command = [...EXPORTER, 'top', '--no-stream', '--interval=1', '--pods=none', '--columns=docker', ...flags];
    const { code, stdout } = await (await Program.start(command)).exits();
    assert.equal(code, 0);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(/ {2,}/));
    assert.deepEqual(new Set(rows.map(([id]) => id)), new Set(NAMES.map((name) => outsideId(name).slice(0, 12))));
    assert.match(rows.find(([, name]) => name === 'cache')?.join(' ') ?? '', /% \d(?:\.\d+)?MiB \/ 64MiB \d/);
  });

  test('are rows beside those of pods, and can be opened, searched and filtered', async (context) => {
    await node.addPods([{ namespace: 'shop', name: 'cart-0', containers: [{ name: 'cart', argv: idle() }] }]);
    const api = ['--pods=api', `--kubeconfig=${node.kubeconfigPath}`, `--node-name=${node.nodeName}`];
    const shown = await opened(api);
    const { page } = shown;
    await rowOf(page, 'cart-0').waitFor();
    await rowOf(page, 'cache').locator('td.namespace', { hasText: 'outside of pods' }).waitFor();
    for (const width of [1600, 360]) {
      await page.setViewportSize({ width, height: 900 });
      context.diagnostic(await screenshot(page, `outside-mixed-${width}`));
    }
    await page.setViewportSize({ width: 1600, height: 900 });
    await page.getByLabel('Namespace', { exact: true }).selectOption('outside of pods');
    await page.getByText('5 of 6 pods and containers').waitFor();
    await page.getByLabel('Search', { exact: true }).fill('nginx');
    await page.getByText('1 of 6 pods and containers').waitFor();
    await page.getByRole('link', { name: 'front', exact: true }).click();
    await page.locator('.reasons li', { hasText: /Throttled by its CPU limit in \d+ % of the periods/ }).waitFor();
    assert.match(page.url(), /#container\/front$/);
    await page.reload();
    await page.locator('article table').last().getByText('running').first().waitFor();
    context.diagnostic(await screenshot(page, 'outside-opened'));
    await page.setViewportSize({ width: 360, height: 900 });
    context.diagnostic(await screenshot(page, 'outside-opened-360'));
    await page.evaluate(`location.hash = '#container/none'`);
    await page.getByText('No container none outside of pods runs on this node.').waitFor();
    assert.deepEqual(shown.faults, []);
    await shown.close();
  });
});

/** The row of a container. */
function rowOf(page: Page, name: string): Locator {
  return page.locator('table.pods tbody tr', { has: page.getByRole('link', { name, exact: true }) });
}

/** The pods and containers in their order. */
function namesOn(page: Page): Promise<readonly string[]> {
  return page.locator('table.pods tbody th.pod a').allTextContents();
}

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import type { Browser, Locator, Page } from 'playwright-core';

import { writePageAssets } from '../../scripts/page-assets.ts';
import { openPage, startBrowser, whyNoBrowser } from '../support/browser.ts';
import { Cleanup } from '../support/cleanup.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { FAKE_STREAM, sendPods } from '../support/fake-stream.ts';
import { httpRequest } from '../support/http-client.ts';
import { EVIL_NAME } from '../support/many-pods.ts';
import { PlainNode } from '../support/plain-node.ts';
import { uuidOf } from '../support/pod-object.ts';
import { until } from '../support/until.ts';

const USER = { username: 'alice', password: 'secret' };

describe('the live page of a node of plain files', () => {
  const cleanup = new Cleanup();
  let node: PlainNode;
  let exporter: ExporterProcess;
  let secured: ExporterProcess;

  before(async () => {
    await writePageAssets();
    node = new PlainNode({ pods: ['web', 'db'] });
    cleanup.defer(() => node.remove());
    const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-page-'));
    cleanup.defer(() => rmSync(folder, { recursive: true }));
    const config = join(folder, 'web.yml');
    writeFileSync(config, `basic_auth_users:\n  ${USER.username}: ${hashSync(USER.password, 4)}\n`);
    const flags = [...node.flags, `--pods=file:${node.podsFile}`];
    [exporter, secured] = await Promise.all([
      ExporterProcess.start(flags),
      ExporterProcess.start([...flags, `--web.config.file=${config}`]),
    ]);
    cleanup.defer(() => Promise.all([exporter.stop(), secured.stop()]));
  });

  after(() => cleanup.run());

  for (const [path, type] of [
    ['/page.js', 'text/javascript; charset=utf-8'],
    ['/page.css', 'text/css; charset=utf-8'],
  ] as const) {
    test(`${path} is compressed if the client accepts that, and not sent again`, async () => {
      const get = (headers: Readonly<Record<string, string>>): ReturnType<typeof httpRequest> =>
        httpRequest(exporter.url + path, { headers });
      const [compressed, plain] = [await get({ 'Accept-Encoding': 'gzip' }), await get({})];
      assert.deepEqual([compressed.status, compressed.headers['content-type']], [200, type]);
      assert.equal(compressed.headers['content-encoding'], 'gzip');
      assert.equal(plain.headers['content-encoding'], undefined);
      assert.equal(plain.text, compressed.text);
      const { etag = '' } = compressed.headers;
      const again = await get({ 'If-None-Match': etag, 'Accept-Encoding': 'gzip' });
      assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', etag]);
      assert.equal((await get({ 'If-None-Match': '"other"' })).status, 200);
    });

    test(`${path} and the page require authentication where the other endpoints do`, async () => {
      for (const each of ['/', path]) assert.equal((await httpRequest(secured.url + each)).status, 401);
    });
  }

  test('the page allows programs and styles of its server only', async () => {
    const { headers } = await httpRequest(`${exporter.url}/`);
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  });

  describe('in a browser', { skip: whyNoBrowser() }, () => {
    let browser: Browser;

    before(async () => {
      browser = await startBrowser(cleanup);
    });

    test('shows the pods to a user whom the browser knows', async () => {
      const opened = await openPage(browser, `${secured.url}/`, { httpCredentials: USER });
      await opened.page.getByRole('link', { name: 'web', exact: true }).waitFor();
      await opened.page.goto(`${secured.url}/#node`);
      await opened.page.getByRole('row', { name: 'Authentication basic' }).waitFor();
      assert.deepEqual(opened.faults, []);
      await opened.close();
    });

    test('shows the pod of an exporter in it', async () => {
      const own = [
        '--scope=pod',
        `--pod-uid=${uuidOf('web')}`,
        '--pod-namespace=shop',
        '--pod-name=web',
        '--pods=none',
      ];
      const sidecar = await ExporterProcess.start([...node.flags, ...own]);
      cleanup.defer(() => sidecar.stop());
      const opened = await openPage(browser, `${sidecar.url}/`);
      await opened.page.getByRole('link', { name: 'web', exact: true }).waitFor();
      await opened.page.getByText('1 pod', { exact: true }).waitFor();
      await opened.close();
    });

    test('shows why there are no numbers, and continues when there are', async () => {
      const opened = await openPage(browser, `${exporter.url}/#node`);
      const { page } = opened;
      await page.clock.install();
      const [stream, text] = ['**/api/v1/pods?*', 'too many streams, retry later'];
      await page.route(stream, (route) => route.fulfill({ status: 503, body: text }));
      await page.goto(`${exporter.url}/#`);
      await page.reload();
      await page.getByRole('alert').getByText(`The exporter refuses: 503 ${text}.`).waitFor();
      await page.unroute(stream);
      await page.clock.runFor(5000);
      await page.getByRole('link', { name: 'web', exact: true }).waitFor();
      assert.equal(await page.getByRole('alert').count(), 0);
      await opened.close();
    });

    test('shows the time of its numbers when the exporter is gone', async () => {
      const opened = await openPage(browser, `${exporter.url}/#`, { timezoneId: 'UTC' }, FAKE_STREAM);
      const { page } = opened;
      await sendPods(page, 5, 1);
      await page.getByRole('link', { name: 'sleeper-1' }).waitFor();
      await page.evaluate(`fail()`);
      await page.getByRole('alert').getByText('cannot be reached. The numbers are those of 08:00:01.').waitFor();
      await sendPods(page, 0, 1);
      await page.getByText('No pod or container runs on this node.').waitFor();
      assert.equal(await page.getByRole('alert').count(), 0);
      await opened.close();
    });

    test('shows the checks that fail later, and requests nothing before a minute has passed', async () => {
      const opened = await openPage(browser, `${exporter.url}/#`, {}, FAKE_STREAM);
      const { page } = opened;
      await page.clock.install();
      await page.reload();
      let requests = 0;
      await page.route(`${exporter.url}/`, async (route) => {
        requests++;
        const body = (await (await route.fetch()).text())
          .replace(/data-failed-checks="\d+"/, 'data-failed-checks="7"')
          .replace('<div id="missing">', '<div id="missing"><p>pod-names: cannot list pods</p>');
        await route.fulfill({ body, contentType: 'text/html' });
      });
      for (const milliseconds of [1000, 58_000]) {
        await page.clock.runFor(milliseconds);
        await sendPods(page, 5, 1);
      }
      assert.equal(requests, 0);
      await page.clock.runFor(2000);
      assert.equal(requests, 0);
      await sendPods(page, 5, 2);
      await page.getByRole('link', { name: '7 checks failed' }).click();
      await page.getByText('pod-names: cannot list pods').waitFor();
      assert.equal(requests, 1);
      assert.deepEqual(opened.faults, []);
      await opened.close();
    });

    test('requests nothing in the background, even if it was opened there', async () => {
      const hidden = `Object.defineProperty(document, 'hidden', { get: () => globalThis.isShown !== true });`;
      const opened = await openPage(browser, `${exporter.url}/#pod/team-1/sleeper-1`, {}, FAKE_STREAM + hidden);
      const { page } = opened;
      await page.clock.install();
      let requests = 0;
      await page.route('**/api/v1/processes?*', (route) => {
        requests++;
        return route.fulfill({ json: { time_seconds: 1, containers: [] } });
      });
      await page.reload();
      await sendPods(page, 5, 1);
      await page.getByText('No running container.').waitFor();
      await page.clock.runFor(29_000);
      assert.equal(await page.evaluate('streams'), 1);
      await sendPods(page, 5, 2);
      await until('the processes of the second update', () => requests === 2);
      await page.clock.runFor(600_000);
      assert.deepEqual([await page.evaluate('streams'), requests], [0, 2]);
      await page.evaluate(`isShown = true; document.dispatchEvent(new Event('visibilitychange'))`);
      assert.equal(await page.evaluate('streams'), 1);
      await opened.close();
    });

    test('watches on if it was refused while it was in the background for a moment', async () => {
      const hidden = `Object.defineProperty(document, 'hidden', { get: () => globalThis.isHidden === true });
        globalThis.hide = (is) => { isHidden = is; document.dispatchEvent(new Event('visibilitychange')); };`;
      const opened = await openPage(browser, `${exporter.url}/#`, {}, FAKE_STREAM + hidden);
      const { page } = opened;
      await page.clock.install();
      await page.reload();
      await sendPods(page, 5, 1);
      await page.evaluate('hide(true); refuse()');
      await page.clock.runFor(10_000);
      await page.evaluate('hide(false)');
      await page.clock.runFor(60_000);
      await sendPods(page, 5, 2);
      await page.getByText('live, every 2 s').waitFor();
      assert.equal(await page.evaluate('streams'), 1);
      await opened.close();
    });

    test('keeps the headings of a long table in sight, and draws numbers where they are seen', async () => {
      const opened = await openPage(browser, `${exporter.url}/#`, {}, FAKE_STREAM);
      const { page } = opened;
      await sendPods(page, 60, 1);
      await rowsOf(page, 'sleeper-1').getByText('0.500').first().waitFor();
      assert.equal(await rowsOf(page, 'sleeper-48').locator('td.n').count(), 0);
      await rowsOf(page, 'sleeper-48').scrollIntoViewIfNeeded();
      assert.ok(await page.evaluate('scrollY > 500'));
      assert.equal((await page.locator('thead').boundingBox())?.y, 0);
      await rowsOf(page, 'sleeper-48').getByText('4.00 Mi').first().waitFor();
      await opened.close();
    });

    test('keeps the focus in a row that moves, also in browsers without moveBefore', async () => {
      const script = `${FAKE_STREAM}; delete Element.prototype.moveBefore;`;
      const opened = await openPage(browser, `${exporter.url}/#?sort=-cpu`, {}, script);
      const { page } = opened;
      const first = page.locator('tbody th.pod').first();
      for (const focused of [1, 3]) {
        await sendPods(page, 5, focused);
        await page.getByRole('link', { name: `sleeper-${focused}` }).focus();
        for (const busy of [0, 3, 1, 2]) {
          await sendPods(page, 5, busy);
          await first.getByText(`sleeper-${busy}`).waitFor();
          assert.equal(await page.locator(':focus').textContent(), `sleeper-${focused}`, `after ${busy}`);
        }
      }
      await opened.close();
    });

    test('changes nothing of rows whose numbers have not changed, and runs no name as a program', async () => {
      const opened = await openPage(browser, `${exporter.url}/#?sort=pod`, {}, FAKE_STREAM);
      const { page } = opened;
      await sendPods(page, 250, 1);
      await page.getByText('250 pods').waitFor();
      await rowsOf(page, 'sleeper-10').getByText('4.00 Mi').first().waitFor();
      await page.evaluate('watchRows()');
      await sendPods(page, 250, 10);
      await rowsOf(page, 'sleeper-10').getByText('0.500').first().waitFor();
      assert.deepEqual(await page.evaluate('[...changedPods]'), ['sleeper-1', 'sleeper-10']);
      assert.equal(await page.locator('th.pod a', { hasText: EVIL_NAME }).count(), 1);
      assert.equal(await page.locator('img').count(), 0);
      assert.deepEqual(opened.faults, []);
      await opened.close();
    });
  });
});

/** The rows of a pod and its containers. */
function rowsOf(page: Page, pod: string): Locator {
  return page.locator(`tbody:has(a[href$="/${pod}"])`);
}

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
import { httpRequest } from '../support/http-client.ts';
import { EVIL_NAME, manyPods } from '../support/many-pods.ts';
import { PlainNode } from '../support/plain-node.ts';
import { uuidOf } from '../support/pod-object.ts';

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

    test('keeps the focus in a row that moves, also in browsers without moveBefore', async () => {
      const script = `${FAKE_EVENTS}; delete Element.prototype.moveBefore;`;
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
      const opened = await openPage(browser, `${exporter.url}/#?sort=pod`, {}, FAKE_EVENTS);
      const { page } = opened;
      await sendPods(page, 250, 1);
      await page.getByText('250 pods').waitFor();
      await page.evaluate('watchRows()');
      await sendPods(page, 250, 2);
      await rowsOf(page, 'sleeper-2').getByText('0.500').first().waitFor();
      assert.deepEqual(await page.evaluate('[...changedPods]'), ['sleeper-1', 'sleeper-2']);
      assert.equal(await page.locator('th.pod a', { hasText: EVIL_NAME }).count(), 1);
      assert.equal(await page.locator('img').count(), 0);
      assert.deepEqual(opened.faults, []);
      await opened.close();
    });
  });
});

/** Sends a document of {@link manyPods} as the next event. */
async function sendPods(page: Page, count: number, busy: number): Promise<void> {
  const document = JSON.stringify(manyPods(count, { busy, time: 1_800_000_000 + busy }));
  await page.evaluate(`send(${JSON.stringify(document)})`);
}

/** The rows of a pod and its containers. */
function rowsOf(page: Page, pod: string): Locator {
  return page.locator(`tbody:has(a[href$="/${pod}"])`);
}

/** Replaces the stream by one that the test writes, and records the pods whose rows change. */
const FAKE_EVENTS = `
globalThis.EventSource = class extends EventTarget {
  static CLOSED = 2;
  readyState = 1;
  constructor() {
    super();
    globalThis.send = (data) => void this.dispatchEvent(new MessageEvent('message', { data }));
  }
  close() {}
};
globalThis.changedPods = new Set();
globalThis.watchRows = () => {
  const changed = ({ target }) => {
    const body = (target.nodeType === Node.TEXT_NODE ? target.parentElement : target).closest('tbody');
    if (body !== null) changedPods.add(body.querySelector('th.pod a').textContent);
  };
  const options = { subtree: true, childList: true, characterData: true, attributes: true };
  new MutationObserver((changes) => changes.forEach(changed)).observe(document.querySelector('table.pods'), options);
};
`;

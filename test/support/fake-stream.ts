import type { Page } from 'playwright-core';
import { manyPods } from './many-pods.ts';

/** Script of a page: replaces the stream by one that the test writes, counts those that are open, and records the pods whose rows change. */
export const FAKE_STREAM = `
globalThis.EventSource = class extends EventTarget {
  static CLOSED = 2;
  readyState = 1;
  constructor() {
    super();
    globalThis.streams = (globalThis.streams ?? 0) + 1;
    globalThis.fail = () => void this.dispatchEvent(new Event('error'));
    globalThis.refuse = () => {
      this.readyState = EventSource.CLOSED;
      this.dispatchEvent(new Event('error'));
    };
    globalThis.send = (data) => void this.dispatchEvent(new MessageEvent('message', { data }));
  }
  close() {
    globalThis.streams--;
  }
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

/** Sends a document of {@link manyPods} as the next event. */
export async function sendPods(page: Page, count: number, busy: number): Promise<void> {
  const document = JSON.stringify(manyPods(count, { busy, time: 1_800_000_000 + busy }));
  await page.evaluate(`send(${JSON.stringify(document)})`);
}

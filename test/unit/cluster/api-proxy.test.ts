import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openApiSource } from '../../../src/pods/sources/api.ts';
import { ApiServer } from '../../support/api-server.ts';
import { HttpProxy } from '../../support/http-proxy.ts';
import { equals, until } from '../../support/until.ts';
import { LogRecord } from '../../support/log-record.ts';
import { OPTIONS } from '../pods/pod-objects.ts';

test('list and watch use the proxy-url of the kubeconfig', async (context) => {
  const api = await ApiServer.start();
  const proxy = await HttpProxy.start();
  const directory = mkdtempSync(join(tmpdir(), 'pods-proxy-'));
  const kubeconfig = join(directory, 'kubeconfig');
  writeFileSync(kubeconfig, api.kubeconfig.replace(/server: .*/, `$&\n      proxy-url: ${proxy.url}`));
  const source = openApiSource({ ...OPTIONS, nodeName: 'node1', kubeconfig, log: new LogRecord() });
  context.after(async () => {
    await source.stop();
    await api.close();
    proxy.close();
    rmSync(directory, { recursive: true });
  });
  await source.start();
  await until('the watch', () => api.openWatches, equals(1));
  const address = new URL(api.url).host;
  assert.deepEqual(proxy.tunnels, [address, address]);
  assert.equal(source.status.synced, true);
});

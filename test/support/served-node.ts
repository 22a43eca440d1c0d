import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { ApiServer } from './api-server.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { PlainNode } from './plain-node.ts';
import type { PlainNodeOptions } from './plain-node.ts';

/** A node of plain files whose pods an API server shows, through a proxy. */
export interface ServedNode {
  readonly node: PlainNode;
  readonly apiServer: ApiServer;
  readonly proxy: TcpProxy;
  /** Flags of an exporter for it, `--pods=api` included. */
  readonly flags: readonly string[];
}

/** Makes a node that lives as long as the test. */
export async function serveNode(t: TestContext, options?: PlainNodeOptions): Promise<ServedNode> {
  const node = new PlainNode(options);
  t.after(() => node.remove());
  const apiServer = await ApiServer.start();
  t.after(() => apiServer.close());
  for (const pod of node.objects) apiServer.setPod(pod);
  const proxy = await TcpProxy.to(apiServer.url);
  t.after(() => proxy.refuse());
  const kubeconfig = join(node.folder, 'kubeconfig');
  writeFileSync(kubeconfig, apiServer.kubeconfig.replace(apiServer.url, proxy.url));
  return { node, apiServer, proxy, flags: [...node.flags, '--pods=api', `--kubeconfig=${kubeconfig}`] };
}

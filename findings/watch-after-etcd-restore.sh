#!/usr/bin/env bash
# kube-apiserver 1.37: a watch from a resource version that the cluster has not reached, as after a restore of etcd from a
# backup, is accepted and reports nothing: no error, no bookmark, and none of the objects that are created meanwhile. A
# list with that resource version fails with 504. So a client that watches keeps its state until the next list, and a
# list must not insist for ever on the version that was seen last.
#
# Needs Node 24, openssl and the control plane that `npm run test:peers` builds. Exits 1 if the behaviour has changed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/use-node.sh
exec node --input-type=module - <<'END'
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { ControlPlane } from './test/support/control-plane.ts';

const plane = await ControlPlane.start();
try {
  const create = async (name) => (await plane.admin.create('/api/v1/namespaces', { metadata: { name } })).metadata.resourceVersion;
  const seen = Number(await create('before')) + 1000;
  const read = (file) => readFileSync(plane.path(file));
  const watch = request(`${plane.url}/api/v1/namespaces?watch=true&allowWatchBookmarks=true&resourceVersion=${seen}&timeoutSeconds=8`, {
    agent: false, ca: read('ca.crt'), cert: read('admin.crt'), key: read('admin.key'),
  }).end();
  const [response] = await once(watch, 'response');
  let bytes = 0;
  response.on('data', (chunk) => { bytes += chunk.length; });
  await create('after');
  await once(response, 'end');
  console.log(`watch from version ${seen}: status ${response.statusCode}, ${bytes} bytes in 8 s`);
  const { status, body } = await plane.admin.send('GET', `/api/v1/namespaces?resourceVersion=${seen}`);
  console.log(`list at version ${seen}: status ${status}, ${body.message}`);
  if (response.statusCode !== 200 || bytes !== 0 || status !== 504) {
    console.log('the behaviour has changed');
    process.exitCode = 1;
  }
} finally {
  await plane.stop();
}
END

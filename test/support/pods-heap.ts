/**
 * Prints by how many bytes the heap has grown, after collection, when the pods of a node are known.
 * Arguments: the path of a kubeconfig file, and the name of the node. Needs `--expose-gc`.
 */
import { openPodSource } from '../../src/pods/open-source.ts';
import { openStandardError } from '../../src/base/log-destination.ts';
import { openLog } from '../../src/base/log.ts';

const [, , kubeconfig = '', nodeName = ''] = process.argv;

function heap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

const log = openLog({ level: 'warn', format: 'logfmt', destination: openStandardError() });
const source = await openPodSource({
  pods: 'api',
  kubeconfig,
  nodeName,
  podLabels: [],
  podAnnotations: [],
  log,
  environment: {},
});
const before = heap();
await source.start();
const after = heap();
if (source.index.size === 0) throw new Error('no pods');
process.stdout.write(`${after - before}\n`);
await source.stop();

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileReader } from '../src/kernel/file-reader.ts';
import { collectors } from '../src/metrics/index.ts';
import { openNode } from '../src/collect/open-node.ts';
import { indexOf } from '../test/support/recorded-copy.ts';
import { PlainNode } from '../test/support/plain-node.ts';
import { STORAGE } from '../test/support/storage-choice.ts';
import { roundTo } from './statistics.ts';

/**
 * Prints what scrapes of file systems and volumes cost on a node of plain files with very many mounts: the longest time
 * without a turn of the event loop, and the CPU time, both of this thread, in milliseconds.
 *
 *     npm run bench:mounts
 */
const MOUNTS = 10_000;
const PODS = 20;
const SCRAPES = 6;

/** Options of overlays with many layers make the lines long. */
const LAYERS = 'x'.repeat(500);

const WANTED = new Set(['filesystem', 'volumes']);

/** A third each: root file systems of containers, volumes of pods, and others. */
function mountinfo(uids: readonly string[]): string {
  const lines = ['1 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw'];
  for (let index = 0; index < MOUNTS; index++) {
    const id = `${index + 2} 1 0:${index} /`;
    const name = index.toString(16).padStart(64, '0');
    const volume = `/var/lib/kubelet/pods/${uids[index % uids.length]}/volumes/kubernetes.io~csi/pvc-${index}/mount`;
    const root = `/run/containerd/io.containerd.runtime.v2.task/k8s.io/${name}/rootfs`;
    if (index % 3 === 0) lines.push(`${id} ${root} rw - overlay overlay rw,lowerdir=/${LAYERS},upperdir=/u,workdir=/w`);
    else if (index % 3 === 1) lines.push(`${id} ${volume} rw - ext4 /dev/rbd${index} rw,${LAYERS}`);
    else lines.push(`${id} /mnt/data/${index} rw - tmpfs tmpfs rw,${LAYERS}`);
  }
  return `${lines.join('\n')}\n`;
}

function threadMilliseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Calls `work`; returns the longest time between two turns of the event loop meanwhile. */
async function longestStall(work: () => Promise<unknown>): Promise<number> {
  let last = threadMilliseconds();
  let longest = 0;
  let isRunning = true;
  const turn = (): void => {
    const now = threadMilliseconds();
    longest = Math.max(longest, now - last);
    last = now;
    if (isRunning) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isRunning = false;
  turn();
  return longest;
}

const node = new PlainNode({ pods: Array.from({ length: PODS }, (_, index) => `web-${index}`) });
const procfs = join(node.folder, 'proc');
const text = mountinfo(node.objects.map(({ metadata }) => metadata.uid));
for (const process of ['1', 'self']) {
  mkdirSync(join(procfs, process), { recursive: true });
  writeFileSync(join(procfs, process, 'mountinfo'), text);
}
const { scraper, tables } = openNode({
  paths: { procfs, sysfs: '/sys', rootfs: '/', cgroup: join(node.folder, 'cgroup') },
  collectors,
  interfaces: /^.*$/,
  storage: STORAGE,
  reader: new FileReader({ maxCachedDescriptors: 0 }),
  index: await indexOf(node.podsFile, node.nodeName),
});
process.stdout.write(
  `${MOUNTS} mounts, ${roundTo(text.length / 1e6, 1)} MB\n\n| scrape | longest stall | CPU |\n| ---: | ---: | ---: |\n`,
);
for (let scrape = 1; scrape <= SCRAPES; scrape++) {
  const builder = scraper.builder();
  const begin = threadMilliseconds();
  const stall = await longestStall(() => scraper.scrape(builder, WANTED, { at: Infinity }));
  process.stdout.write(`| ${scrape} | ${stall.toFixed(0)} ms | ${(threadMilliseconds() - begin).toFixed(0)} ms |\n`);
  scraper.recycle(builder);
}
tables.close();
node.remove();

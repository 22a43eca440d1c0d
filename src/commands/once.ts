import type { Config } from '../config.ts';
import { describe } from '../describe.ts';
import { openEngines } from '../engine/engines.ts';
import { openExporter, type Exporter } from '../exporter.ts';
import { print } from '../base/standard-output.ts';
import { openPodSource } from '../pods/open-source.ts';
import { type Command, FAILURE, SUCCESS } from './command.ts';
import { TimeSlice } from '../base/yielder.ts';
import { MetricsView } from '../views/native/metrics.ts';
import { NativeView } from '../views/native/native.ts';

/** Milliseconds that the first list of pods and the scrape may each take. */
const TIMEOUT_MS = 30_000;

/** Prints one scrape to standard output. */
export const once: Command = {
  name: 'once',
  about: 'Print one scrape to standard output and exit.',
  options: {},
  async run(config, log) {
    const source = await openPodSource({ ...config, log, environment: process.env });
    const engines = config.ownPod === undefined ? openEngines({ ...config, log }) : undefined;
    const exporter = openExporter(config, source, log, { engines });
    await Promise.all([source.start(), engines?.start()]);
    try {
      if (config.ownPod === undefined && !source.status.synced) {
        log.error('cannot list pods', { source: source.name });
        return FAILURE;
      }
      describe(exporter, source, log);
      if ((await printScrape(exporter, config)) > 0) return SUCCESS;
      log.error('cannot read any cgroup', { cgroups: exporter.node.hierarchies.mode });
      return FAILURE;
    } finally {
      await Promise.all([source.stop(), engines?.stop()]);
      await exporter.close();
    }
  },
};

async function send(piece: Buffer): Promise<void> {
  await print(piece);
}

/** Returns the number of series. */
function printScrape({ collections, endpointParts }: Exporter, { collectors }: Config): Promise<number> {
  const output = { send, yielder: new TimeSlice(), deadline: performance.now() + TIMEOUT_MS };
  const { plan, ownFamilies } = endpointParts;
  const answer = new MetricsView(new NativeView(plan), ownFamilies).answer(collectors, 'text');
  return collections.use(answer.collectors, output.deadline, (snapshot) => answer.write(snapshot, output));
}

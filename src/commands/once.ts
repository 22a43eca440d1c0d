import { writeSync } from 'node:fs';
import type { Config } from '../config.ts';
import { describe } from '../describe.ts';
import type { Exporter } from '../exporter.ts';
import { errorCode } from '../base/error-code.ts';
import type { Log } from '../base/log.ts';
import type { PodSource } from '../pods/pod-source.ts';
import { TimeSlice } from '../base/yielder.ts';
import { MetricsView } from '../views/native/metrics.ts';
import { NativeView } from '../views/native/native.ts';

/** Milliseconds that the first list of pods and the scrape may each take. */
const TIMEOUT_MS = 30_000;

const STANDARD_OUTPUT = 1;

/** Prints one scrape on standard output. Returns the exit code: 0, or 1 if nothing could be read. */
export async function printOnce(exporter: Exporter, source: PodSource, config: Config, log: Log): Promise<number> {
  await source.start();
  try {
    if (config.ownPod === undefined && !source.status.synced) {
      log.error('the list of pods could not be had', { pods: source.name });
      return 1;
    }
    describe(exporter, source, log);
    const output = { send: print, yielder: new TimeSlice(), deadline: performance.now() + TIMEOUT_MS };
    const { plan, ownFamilies } = exporter.endpointParts;
    const answer = new MetricsView(new NativeView(plan), ownFamilies).answer(config.collectors, 'text');
    const series = await exporter.collections.use(answer.collectors, output.deadline, (snapshot) =>
      answer.write(snapshot, output),
    );
    if (series > 0) return 0;
    log.error('nothing could be read', { cgroups: exporter.node.hierarchies.mode });
    return 1;
  } finally {
    await source.stop();
    await exporter.close();
  }
}

/** Milliseconds until a pipe that is full and does not wait is tried again. */
const PIPE_RETRY_MS = 10;

/** Writes all of it, also into a pipe that takes it in pieces. */
async function print(page: Buffer): Promise<void> {
  for (let at = 0; at < page.length;) {
    try {
      at += writeSync(STANDARD_OUTPUT, page, at);
    } catch (error) {
      const code = errorCode(error);
      if (code === 'EPIPE') break;
      if (code !== 'EAGAIN') throw error;
      await new Promise((resolve) => setTimeout(resolve, PIPE_RETRY_MS));
    }
  }
}

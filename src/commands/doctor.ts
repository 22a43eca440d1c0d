import { promises as timers } from 'node:timers';
import { errorReason } from '../base/error-code.ts';
import type { Log } from '../base/log.ts';
import { print } from '../base/standard-output.ts';
import type { CheckResult } from '../checks/check.ts';
import { unusableCgroups, unusableSource } from '../checks/unusable.ts';
import type { Config } from '../config.ts';
import { DOCTOR_OPTIONS } from '../doctor-options.ts';
import { openEngines } from '../engine/engines.ts';
import { openExporter, type Exporter } from '../exporter.ts';
import { openPodSource } from '../pods/open-source.ts';
import type { PodSource } from '../pods/pod-source.ts';
import { openEmptySource } from '../pods/sources/empty.ts';
import { version } from '../version.ts';
import { checksDocument } from '../views/checks/document.ts';
import { type Command, FAILURE, SUCCESS } from './command.ts';
import { reportText } from './doctor-report.ts';

/** Milliseconds that the first list of pods and a collection may each take. */
const TIMEOUT_MS = 30_000;

/** Milliseconds between two collections: what has no pod in both is not just being made or removed. */
const RECHECK_MS = 2000;

const DEFAULT_WIDTH = 100;

/** Checks what the exporter can see, once. */
export const doctor: Command = {
  name: 'doctor',
  about: 'Check what the exporter can read on this node; print what is missing, and how to provide it.',
  options: DOCTOR_OPTIONS,
  async run(config, log) {
    const { source, problem } = await openSource(config, quiet(log));
    const results = await examine(config, source, quiet(log));
    const all = results.map((result) => (result.id === problem?.id ? problem : result));
    const text = config.format === 'json' ? checksDocument(all, version) : reportText(all, terminalStyle());
    await print(Buffer.from(text));
    return all.some(({ state }) => state === 'failed') ? FAILURE : SUCCESS;
  },
};

/** What the log would report is in the results. */
function quiet(log: Log): Log {
  return { debug: log.debug.bind(log), info: () => {}, warn: () => true, error: () => true };
}

interface OpenedSource {
  readonly source: PodSource;
  /** Why the source that was asked for cannot be used. */
  readonly problem?: CheckResult;
}

async function openSource(config: Config, log: Log): Promise<OpenedSource> {
  let source: PodSource | undefined;
  try {
    source = await openPodSource({ ...config, log, environment: process.env });
    await Promise.race([source.start(), timers.setTimeout(TIMEOUT_MS)]);
    return { source };
  } catch (error) {
    await source?.stop();
    const reason = errorReason(error);
    return { source: openEmptySource(reason), problem: unusableSource(reason) };
  }
}

async function examine(config: Config, source: PodSource, log: Log): Promise<readonly CheckResult[]> {
  let exporter: Exporter;
  const engines = config.ownPod === undefined ? openEngines({ ...config, log }) : undefined;
  try {
    exporter = openExporter(config, source, log, { graceSeconds: RECHECK_MS / 2000, engines });
  } catch (error) {
    await source.stop();
    return [unusableCgroups(errorReason(error))];
  }
  try {
    await engines?.start();
    const { collections, checks } = exporter;
    const collect = (): Promise<void> =>
      collections.use(config.collectors, performance.now() + TIMEOUT_MS, () => Promise.resolve());
    await collect();
    await timers.setTimeout(RECHECK_MS);
    await collect();
    return checks.evaluate();
  } finally {
    await Promise.all([source.stop(), engines?.stop()]);
    await exporter.close();
  }
}

/** Colours only on a terminal, and not if NO_COLOR is set (https://no-color.org/). */
function terminalStyle(): { readonly width: number; readonly colors: boolean } {
  const { columns = 0, isTTY } = process.stdout as { readonly columns?: number; readonly isTTY?: boolean };
  return { width: columns || DEFAULT_WIDTH, colors: isTTY === true && (process.env['NO_COLOR'] ?? '') === '' };
}

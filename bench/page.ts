import type { CDPSession, Page } from 'playwright-core';
import { writePageAssets } from '../scripts/page-assets.ts';
import { openPage, startBrowser, whyNoBrowser } from '../test/support/browser.ts';
import { Cleanup } from '../test/support/cleanup.ts';
import { recordedFlags } from '../test/support/exporter-flags.ts';
import { ExporterProcess } from '../test/support/exporter-process.ts';
import { FAKE_STREAM } from '../test/support/fake-stream.ts';
import type { PodsDocument } from '../test/support/pods-document.ts';
import { goldenNode } from '../test/support/recorded-node.ts';
import { seededRandom } from '../test/support/seeded-random.ts';
import { quantile } from './statistics.ts';

/**
 * Prints what the live page costs the browser at 250 pods: CPU time of its thread in milliseconds, from the time domain
 * `threadTicks` of the DevTools protocol. The pods are those of a recorded node, repeated; in every update the CPU,
 * memory, pressure, disk and network of every row change.
 *
 *     npm run bench:page
 */
const PODS = 250;
const NODE = 'v2-newest';
const UPDATES = 20;
const INTERVAL_SECONDS = 2;

/** Milliseconds of CPU time: of script, and of style, layout and everything else that the thread does. */
interface Cost {
  readonly script: number;
  readonly rest: number;
}

async function costs(session: CDPSession): Promise<Cost> {
  const { metrics } = await session.send('Performance.getMetrics');
  const milliseconds = (wanted: string): number => (metrics.find(({ name }) => name === wanted)?.value ?? 0) * 1000;
  const script = milliseconds('ScriptDuration');
  return { script, rest: milliseconds('TaskDuration') - script };
}

/** What `work` costs until the browser has drawn. */
async function costOf(page: Page, session: CDPSession, work: string): Promise<Cost> {
  const before = await costs(session);
  await page.evaluate(`new Promise((drawn) => {
    ${work};
    requestAnimationFrame(() => requestAnimationFrame(drawn));
  })`);
  const after = await costs(session);
  return { script: after.script - before.script, rest: after.rest - before.rest };
}

/** The pods repeated until there are enough, under names and with numbers of their own, few of which are large. */
function repeated(document: PodsDocument, random: () => number): PodsDocument {
  const pods = Array.from({ length: PODS }, (_, index) => {
    const pod = document.pods[index % document.pods.length];
    return { ...pod, uid: `uid-${index}`, name: `${pod?.name ?? 'pod'}-${index}`, containers: pod?.containers ?? [] };
  });
  return changed({ ...document, pods }, (_, most) => random() ** 4 * most);
}

/** Numbers that change from one document to the next, by their field, and the most that they are. */
const CHANGING: readonly (readonly [field: RegExp, most: number])[] = [
  [/^usage_seconds_total$/, 1],
  [/_bytes_total$/, 1e6],
  [/_waiting_seconds_total$/, 0.2],
  [/^(working_set|rss)_bytes$/, 1e8],
];

function changed(document: PodsDocument, change: (value: number, most: number) => number): PodsDocument {
  const text = JSON.stringify(document, (key, value: unknown) => {
    const [, most] = CHANGING.find(([field]) => field.test(key)) ?? [];
    return typeof value === 'number' && most !== undefined ? change(value, most) : value;
  });
  return JSON.parse(text) as PodsDocument;
}

/** The same document later, with numbers that are up to a tenth larger. */
function later(document: PodsDocument, update: number, random: () => number): string {
  const time = document.time_seconds + update * INTERVAL_SECONDS;
  return JSON.stringify(changed({ ...document, time_seconds: time }, (value) => value * (1 + random() / 10)));
}

function row(what: string, found: readonly Cost[]): string {
  const cell = (of: (cost: Cost) => number, share: number): string => quantile(found.map(of), share).toFixed(0);
  const [script, rest] = [({ script: each }: Cost) => each, ({ rest: each }: Cost) => each];
  return `| ${what} | ${cell(script, 0.5)} ms | ${cell(script, 0.99)} ms | ${cell(rest, 0.5)} ms |\n`;
}

async function measure(cleanup: Cleanup): Promise<void> {
  await writePageAssets();
  const exporter = await ExporterProcess.start(recordedFlags(goldenNode(NODE)));
  cleanup.defer(() => exporter.stop());
  const random = seededRandom(1);
  const document = repeated(JSON.parse(await exporter.get('/api/v1/pods?rates=1s')) as PodsDocument, random);
  const { page } = await openPage(await startBrowser(cleanup), `${exporter.url}/`, {}, FAKE_STREAM);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  let update = 0;
  const next = async (): Promise<Cost> => {
    await page.evaluate((text) => Object.assign(globalThis, { pending: text }), later(document, update++, random));
    return costOf(page, session, 'send(pending)');
  };
  const updates = async (): Promise<readonly Cost[]> => {
    const found: Cost[] = [];
    for (let count = 0; count < UPDATES; count++) found.push(await next());
    return found;
  };
  const first = await next();
  const containers = document.pods.reduce((total, pod) => total + pod.containers.length, 0);
  process.stdout.write(
    `${PODS} pods, ${containers} containers, 1600 pixels wide, CPU time of the thread of the page\n\n`,
  );
  process.stdout.write('| | script | most | style, layout and the rest |\n| --- | ---: | ---: | ---: |\n');
  process.stdout.write(row('first document', [first]));
  process.stdout.write(row('update of the table', await updates()));
  const [pod] = document.pods;
  await costOf(page, session, `location.hash = 'pod/${String(pod?.namespace)}/${String(pod?.name)}'`);
  process.stdout.write(row('update of a pod with its charts', await updates()));
}

const missing = whyNoBrowser();
const cleanup = new Cleanup();
try {
  if (missing === undefined) await measure(cleanup);
  else throw new Error(missing);
} catch (error) {
  process.stderr.write(`bench: ${String(error)}\n`);
  process.exitCode = 1;
} finally {
  await cleanup.run();
}

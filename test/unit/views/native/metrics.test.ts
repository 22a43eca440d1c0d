import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { compilePlan } from '../../../../src/plan/compile-plan.ts';
import type { ExpositionFormat } from '../../../../src/exposition/writer.ts';
import { perLevel } from '../../../../src/metrics/row.ts';
import { SnapshotBuilder } from '../../../../src/snapshot/builder.ts';
import type { Snapshot } from '../../../../src/snapshot/snapshot.ts';
import { MetricsView, type AnswerFacts, type OwnFamily } from '../../../../src/views/native/metrics.ts';
import { NativeView } from '../../../../src/views/native/native.ts';
import { textOutput } from '../../../support/view-text.ts';

const PODS = 40;

const PLAN = compilePlan(
  [
    {
      name: 'pids',
      about: 'Test.',
      enabled: true,
      cgroup: ['a', 'b', 'c'].map((name) => ({
        name,
        type: 'gauge',
        help: `${name}.`,
        levels: ['pod'],
        from: { v1: 'absent', v2: { file: 'pids.current' } },
      })),
    },
  ],
  { version: 'v2', pageSizes: [] },
);

/** A snapshot with a value of 5 everywhere, of pods with names of a length. */
function snapshotOf(length = 10, pods = PODS): Snapshot {
  const snapshot = new SnapshotBuilder(PLAN);
  const named = Array.from({ length: pods }, (_, index) => ({
    id: index,
    level: 'pod' as const,
    path: '',
    labels: [['pod', `${index}`.padStart(length, 'x')]] as const,
  }));
  snapshot.prepare({ ...perLevel(() => []), pod: named });
  for (const column of snapshot.columns('pod')) column.fill(5);
  snapshot.outcomes.push({ collector: 'pids', seconds: 0.5, success: true });
  snapshot.counts = { pod: 40, container: 0, outside: 0, pause: 0, slice: 1, unmatched: 2, nested: 0, duplicate: 0 };
  return snapshot.finish();
}

const OWN: OwnFamily = {
  name: 'pod_exporter_x_seconds',
  type: 'histogram',
  help: 'X.',
  samples: [
    { name: 'pod_exporter_x_seconds_bucket', labels: [['le', '+Inf']], value: 2 },
    { name: 'pod_exporter_x_seconds_sum', labels: [], value: 0.5 },
  ],
};

interface Shown {
  readonly text: string;
  readonly pieces: number;
  readonly series: number;
  readonly answers: readonly AnswerFacts[];
}

async function show(
  snapshot: Snapshot,
  wanted: readonly string[] = ['pids'],
  format: ExpositionFormat = 'text',
): Promise<Shown> {
  const answers: AnswerFacts[] = [];
  const view = new MetricsView(new NativeView(PLAN), (answer) => {
    answers.push(answer);
    return Promise.resolve([OWN, { name: 'empty', type: 'gauge', help: 'Y.', samples: [] }]);
  });
  const output = textOutput();
  const series = await view.answer(new Set(wanted), format).write(snapshot, output);
  return { text: output.text(), pieces: output.pieces.length, series, answers };
}

/** Lets others go on. */
async function rest(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

const OWN_TEXT =
  '# HELP pod_exporter_x_seconds X.\n# TYPE pod_exporter_x_seconds histogram\n' +
  'pod_exporter_x_seconds_bucket{le="+Inf"} 2\npod_exporter_x_seconds_sum 0.5\n';

describe('MetricsView', () => {
  test("writes the node's series and then its own, without families that have no sample", async () => {
    const { text, series } = await show(snapshotOf());
    assert.equal(series, 3 * PODS);
    assert.ok(text.startsWith('# HELP pod_a a.\n# TYPE pod_a gauge\npod_a{pod="xxxxxxxxx0"} 5\n'));
    assert.ok(text.endsWith(OWN_TEXT));
    assert.doesNotMatch(text, /empty/);
    assert.equal(text.split('\n').filter((line) => line.startsWith('pod_')).length, 3 * PODS + 2);
  });

  test('ends OpenMetrics with its end marker', async () => {
    const { text } = await show(snapshotOf(), ['pids'], 'openmetrics');
    assert.ok(text.endsWith(`${OWN_TEXT}# EOF\n`));
    assert.equal(text.split('# EOF').length, 2);
  });

  test('names the content of either format', () => {
    const view = new MetricsView(new NativeView(PLAN), () => Promise.resolve([]));
    const contentType = (format: ExpositionFormat): string => view.answer(new Set(), format).contentType;
    assert.match(contentType('text'), /^text\/plain; version=0\.0\.4/);
    assert.match(contentType('openmetrics'), /^application\/openmetrics-text; version=1\.0\.0/);
  });

  test('reports every requested collector, also those that were not reached', async () => {
    const { answers, series } = await show(snapshotOf(), ['pids', 'cpu']);
    assert.deepEqual(answers, [
      {
        outcomes: [
          { collector: 'pids', seconds: 0.5, success: true },
          { collector: 'cpu', success: false },
        ],
        series: new Map([['pids', 3 * PODS]]),
        cgroups: { pod: 40, container: 0, outside: 0, pause: 0, slice: 1, unmatched: 2, nested: 0, duplicate: 0 },
      },
    ]);
    assert.equal(series, 3 * PODS);
  });

  test('reports nothing of collectors that others requested', async () => {
    const { answers, text, series } = await show(snapshotOf(), ['cpu']);
    assert.deepEqual(answers[0]?.outcomes, [{ collector: 'cpu', success: false }]);
    assert.deepEqual([text, series], [OWN_TEXT, 0]);
  });

  test('sends a large text in pieces, each once and in order', async () => {
    const small = await show(snapshotOf(10, 4));
    const large = await show(snapshotOf(1000, 2000));
    assert.equal(small.pieces, 1);
    assert.ok(large.pieces > 10, `${large.pieces} pieces`);
    const names = [...large.text.matchAll(/^(pod_[abc])\{pod="x*(\d+)"\} 5$/gm)].map(
      ([, family, pod]) => `${family} ${pod}`,
    );
    assert.deepEqual(
      names,
      ['a', 'b', 'c'].flatMap((family) => Array.from({ length: 2000 }, (_, pod) => `pod_${family} ${pod}`)),
    );
    assert.ok(large.text.endsWith(OWN_TEXT));
  });

  test('writes two answers at the same time, each in memory of its own', async () => {
    const view = new MetricsView(new NativeView(PLAN), () => Promise.resolve([]));
    const one = async (length: number): Promise<string> => {
      const output = textOutput({ shouldYield: true, yield: rest });
      const send = async (piece: Buffer): Promise<void> => {
        await rest();
        await output.send(piece);
      };
      await view.answer(new Set(['pids']), 'text').write(snapshotOf(length, 1500), { ...output, send });
      return output.text();
    };
    const together = await Promise.all([one(500), one(501), one(502)]);
    const alone = [await one(500), await one(501), await one(502)];
    assert.ok(together.every((text, index) => text === alone[index]));
  });

  test('passes on what the output throws', async () => {
    const view = new MetricsView(new NativeView(PLAN), () => Promise.resolve([]));
    const output = { ...textOutput(), send: () => Promise.reject(new Error('disconnected')) };
    await assert.rejects(view.answer(new Set(['pids']), 'text').write(snapshotOf(), output), /disconnected/);
  });
});

import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { PagePool } from '../../../src/exposition/page-pool.ts';
import { ExpositionWriter, type ExpositionFormat } from '../../../src/exposition/writer.ts';

/** A registry with families of all types, unusual labels and numbers. */
function registryOf(format: ExpositionFormat): Registry {
  const registry = new Registry();
  if (format === 'openmetrics') registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const registers = [registry];
  const counter = new Counter({ name: 'reads_total', help: 'Reads.', labelNames: ['device', 'pod'], registers });
  counter.inc({ device: 'sda', pod: 'say "hi"' }, 12);
  counter.inc({ device: 'C:\\', pod: 'two\nlines' }, 0.000_25);
  counter.inc({ device: '\u{1f680}', pod: '' }, 2 ** 53);
  const gauge = new Gauge({
    name: 'usage_bytes',
    help: 'Memory \\ in use,\nall of it.',
    labelNames: ['pod'],
    registers,
  });
  for (const [pod, value] of Object.entries({ a: 0, b: 4096, c: 1 / 3, d: 1e21, e: -1.5, f: 1e-9, g: Infinity })) {
    gauge.set({ pod }, value);
  }
  new Gauge({ name: 'bare', help: 'Without labels.', registers }).set(1_795_255_200.123);
  const histogram = new Histogram({
    name: 'took_seconds',
    help: 'Time taken.',
    buckets: [0.1, 2.5],
    labelNames: ['kind'],
    registers,
  });
  for (const value of [0.05, 1, 99]) histogram.observe({ kind: 'x' }, value);
  return registry;
}

/** Writes the samples of a registry with ExpositionWriter. */
async function writtenText(registry: Registry, format: ExpositionFormat): Promise<string> {
  const writer = new ExpositionWriter(format, new PagePool());
  for (const { name, type, help, values } of await registry.getMetricsAsJSON()) {
    writer.raw(ExpositionWriter.head({ name, type, help }, format));
    for (const sample of values) {
      const full = 'metricName' in sample ? String(sample.metricName) : name;
      const labels = Object.entries((sample.labels as object | undefined) ?? {}).map(
        ([label, value]) => [label, String(value)] as const,
      );
      writer.sample(Buffer.from(full), ExpositionWriter.labels(labels), undefined, sample.value);
    }
  }
  return Buffer.concat(writer.finish()).toString();
}

/** Non-empty lines; the library separates families by empty lines. */
function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** The library escapes OpenMetrics help texts as in the text format. */
function withoutHelp(text: string): readonly string[] {
  return lines(text).filter((line) => !line.startsWith('# HELP'));
}

describe('the output equals that of the library', () => {
  test('in text format', async () => {
    assert.deepEqual(lines(await writtenText(registryOf('text'), 'text')), lines(await registryOf('text').metrics()));
  });

  test('in OpenMetrics, samples and types', async () => {
    const [mine, theirs] = [
      await writtenText(registryOf('openmetrics'), 'openmetrics'),
      await registryOf('openmetrics').metrics(),
    ];
    assert.deepEqual(withoutHelp(mine), withoutHelp(theirs));
  });
});

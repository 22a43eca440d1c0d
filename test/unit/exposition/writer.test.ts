import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { PagePool } from '../../../src/exposition/page-pool.ts';
import {
  CONTENT_TYPES,
  ExpositionWriter,
  type ExpositionFormat,
  type FamilyMetadata,
} from '../../../src/exposition/writer.ts';

/** Tiny pages that hit every boundary, filled with marker bytes. */
class TinyPool extends PagePool {
  readonly given: Buffer[] = [];
  taken = 0;
  readonly #size: number;

  constructor(size: number) {
    super();
    this.#size = size;
  }

  override acquire(atLeast: number): Buffer {
    this.taken++;
    return Buffer.alloc(Math.max(atLeast, this.#size), '#');
  }

  override release(page: Buffer): void {
    this.given.push(page);
  }
}

const HEAD: FamilyMetadata = { name: 'x_total', type: 'counter', help: 'Say "x"\nand \\.' };
const SAMPLES: readonly (readonly [labels: string, more: string | undefined, value: number])[] = [
  ['', undefined, 1],
  ['pod="a"', undefined, 0.25],
  ['', 'device="sda"', 3],
  ['pod="\u{1f680}"', 'device="b"', 1e-9],
  [`pod="${'long'.repeat(40)}"`, '', -4],
];
const LINES = [
  'x_total 1',
  'x_total{pod="a"} 0.25',
  'x_total{device="sda"} 3',
  'x_total{pod="\u{1f680}",device="b"} 1e-9',
  `x_total{pod="${'long'.repeat(40)}"} -4`,
];

function write(writer: ExpositionWriter): string {
  writer.raw(ExpositionWriter.head(HEAD, writer.format));
  for (const [labels, more, value] of SAMPLES) {
    writer.sample(
      Buffer.from('x_total'),
      Buffer.from(labels),
      more === undefined ? undefined : Buffer.from(more),
      value,
    );
  }
  return Buffer.concat(writer.finish()).toString();
}

const EXPECTED: Readonly<Record<ExpositionFormat, string>> = {
  text: `# HELP x_total Say "x"\\nand \\\\.\n# TYPE x_total counter\n${LINES.join('\n')}\n`,
  openmetrics: `# HELP x Say \\"x\\"\\nand \\\\.\n# TYPE x counter\n${LINES.join('\n')}\n# EOF\n`,
};

for (const format of ['text', 'openmetrics'] as const) {
  describe(`ExpositionWriter, ${format}`, () => {
    test('writes heads and samples', () => {
      assert.equal(write(new ExpositionWriter(format, new PagePool())), EXPECTED[format]);
    });

    test('writes the same text for any page boundary', () => {
      for (let size = 1; size < 400; size++) {
        assert.equal(
          write(new ExpositionWriter(format, new TinyPool(size))),
          EXPECTED[format],
          `pages of ${size} bytes`,
        );
      }
    });

    test('releases every page once', () => {
      const pool = new TinyPool(64);
      const writer = new ExpositionWriter(format, pool);
      write(writer);
      assert.ok(pool.taken > 3);
      assert.equal(pool.given.length, 0);
      writer.release();
      writer.release();
      assert.equal(pool.given.length, pool.taken);
      assert.equal(new Set(pool.given).size, pool.taken);
    });

    test('returns full pages while writing and the rest at the end', () => {
      const pool = new TinyPool(64);
      const writer = new ExpositionWriter(format, pool);
      const pieces: Buffer[] = [];
      writer.raw(ExpositionWriter.head(HEAD, format));
      for (const [labels, more = '', value] of SAMPLES) {
        writer.sample(Buffer.from('x_total'), Buffer.from(labels), Buffer.from(more), value);
        pieces.push(...writer.takeFullPages());
        assert.deepEqual(writer.takeFullPages(), []);
      }
      const early = pieces.length;
      pieces.push(...writer.finish());
      assert.equal(Buffer.concat(pieces).toString(), EXPECTED[format]);
      assert.ok(early > 1);
      writer.release();
      assert.equal(pool.given.length, pool.taken - early);
      const handedOut = new Set(pieces.slice(0, early).map((piece) => piece.buffer));
      assert.ok(pool.given.every((page) => !handedOut.has(page.buffer)));
    });

    test('hasFullPages is true if a full page exists', () => {
      const writer = new ExpositionWriter(format, new TinyPool(64));
      const states = [writer.hasFullPages];
      for (const step of [
        () => writer.raw(Buffer.alloc(40)),
        () => writer.raw(Buffer.alloc(40)),
        () => writer.takeFullPages(),
      ]) {
        step();
        states.push(writer.hasFullPages);
      }
      assert.deepEqual(states, [false, false, true, false]);
    });

    test('writes only the end marker for an empty exposition', () => {
      const writer = new ExpositionWriter(format, new PagePool());
      assert.equal(Buffer.concat(writer.finish()).toString(), format === 'text' ? '' : '# EOF\n');
    });
  });
}

function head(family: Partial<FamilyMetadata>, format: ExpositionFormat): string {
  return ExpositionWriter.head({ name: 'x', type: 'gauge', help: 'X.', ...family }, format).toString();
}

describe('heads', () => {
  test('OpenMetrics removes the _total suffix of counters', () => {
    assert.equal(
      head({ name: 'a_total_b_total', type: 'counter' }, 'openmetrics'),
      '# HELP a_total_b X.\n# TYPE a_total_b counter\n',
    );
    assert.equal(head({ name: 'a_total' }, 'openmetrics'), '# HELP a_total X.\n# TYPE a_total gauge\n');
    assert.equal(head({ name: 'a_total', type: 'counter' }, 'text'), '# HELP a_total X.\n# TYPE a_total counter\n');
  });

  for (const type of ['gauge', 'histogram', 'summary'] as const) {
    test(type, () => assert.equal(head({ type }, 'text'), `# HELP x X.\n# TYPE x ${type}\n`));
  }
});

describe('content types', () => {
  test('contain the format versions', () => {
    assert.equal(CONTENT_TYPES.text, 'text/plain; version=0.0.4; charset=utf-8');
    assert.equal(CONTENT_TYPES.openmetrics, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  });
});

describe('timestamps', () => {
  test('are written with every sample until they are unset', () => {
    const writer = new ExpositionWriter('text', new PagePool());
    const sample = (value: number): void => writer.sample(Buffer.from('x'), Buffer.from('a="b"'), undefined, value);
    sample(1);
    writer.setTimestamp(1_795_237_743_129.4);
    sample(0.5);
    sample(2);
    writer.setTimestamp(undefined);
    sample(3);
    const text = Buffer.concat(writer.finish()).toString();
    assert.equal(text, 'x{a="b"} 1\nx{a="b"} 0.5 1795237743129\nx{a="b"} 2 1795237743129\nx{a="b"} 3\n');
  });

  test('fit at any page boundary', () => {
    for (let size = 1; size < 80; size++) {
      const writer = new ExpositionWriter('text', new TinyPool(size));
      writer.setTimestamp(1_795_237_743_129);
      for (let value = 0; value < 5; value++) writer.sample(Buffer.from('x'), Buffer.alloc(0), undefined, value);
      const text = Buffer.concat(writer.finish()).toString();
      assert.equal(text, [0, 1, 2, 3, 4].map((value) => `x ${value} 1795237743129\n`).join(''));
    }
  });
});

import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { openLog, type Log, type LogFormat, type LogLevel } from '../../../src/base/log.ts';
import { REPEAT_INTERVAL_MS } from '../../../src/base/repeat-limit.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');

/** A log with a manual clock and a destination that can fail, and the lines that arrived there. */
function recordedLog(format: LogFormat = 'logfmt', level: LogLevel = 'debug') {
  const lines: string[] = [];
  const clock = { at: NOW };
  const disk = { isFull: false };
  const destination = {
    write(text: string): number {
      assert.ok(text.endsWith('\n'));
      if (disk.isFull) return 1;
      lines.push(text.slice(0, -1));
      return 0;
    },
  };
  const log: Log = openLog({ format, level, destination, now: () => clock.at });
  return { log, lines, clock, disk, messages: () => lines.map((line) => line.replace(/^time=\S+ level=/, '')) };
}

describe('logfmt', () => {
  test('time, level and message come first, then the fields in their order', () => {
    const { log, lines } = recordedLog();
    log.info('found', { pods: 3, mode: 'v2' });
    assert.deepEqual(lines, ['time=2026-11-21T10:00:00.000Z level=info msg=found pods=3 mode=v2']);
  });

  const VALUES: readonly (readonly [value: unknown, text: string])[] = [
    ['plain', 'plain'],
    ['/a/b:c-d_e.f,*', '/a/b:c-d_e.f,*'],
    ['two words', '"two words"'],
    ['', '""'],
    ['a=b', '"a=b"'],
    ['say "hi"', String.raw`"say \"hi\""`],
    ['C:\\dir', String.raw`"C:\\dir"`],
    ['two\nlines', String.raw`"two\nlines"`],
    ['tab\there', String.raw`"tab\there"`],
    ['\u{1b}[31mred', String.raw`"\u001b[31mred"`],
    ['bell\u{7}', String.raw`"bell\u0007"`],
    ['caf\u{e9}', 'caf\u{e9}'],
    [0, '0'],
    [1.5, '1.5'],
    [true, 'true'],
    [['a', 1], String.raw`"[\"a\",1]"`],
    [{ a: 1 }, String.raw`"{\"a\":1}"`],
  ];
  for (const [value, text] of VALUES) {
    test(`${JSON.stringify(value)} is written as ${text}`, () => {
      const { log, lines } = recordedLog();
      log.info('x', { value });
      assert.deepEqual(lines, [`time=2026-11-21T10:00:00.000Z level=info msg=x value=${text}`]);
    });
  }

  test('a message is quoted like a value', () => {
    const { log, lines } = recordedLog();
    log.error('it "failed":\nbadly');
    assert.deepEqual(lines, [String.raw`time=2026-11-21T10:00:00.000Z level=error msg="it \"failed\":\nbadly"`]);
  });

  test('a field that is undefined is left out', () => {
    const { log, lines } = recordedLog();
    log.warn('x', { gone: undefined, there: 1 });
    assert.deepEqual(lines, ['time=2026-11-21T10:00:00.000Z level=warn msg=x there=1']);
  });
});

describe('json', () => {
  test('an object per line with the same keys', () => {
    const { log, lines } = recordedLog('json');
    log.warn('two\nlines', { pods: 3, text: 'say "hi"', list: ['a'] });
    assert.equal(lines.length, 1);
    assert.deepEqual(JSON.parse(lines[0] ?? ''), {
      time: '2026-11-21T10:00:00.000Z',
      level: 'warn',
      msg: 'two\nlines',
      pods: 3,
      text: 'say "hi"',
      list: ['a'],
    });
  });
});

describe('levels', () => {
  const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
  for (const [index, level] of LEVELS.entries()) {
    test(`${level} leaves out what is less severe`, () => {
      const { log, lines } = recordedLog('json', level);
      for (const each of LEVELS) log[each](each);
      assert.deepEqual(
        lines.map((line) => (JSON.parse(line) as { level: string }).level),
        LEVELS.slice(index),
      );
    });
  }
});

for (const level of ['warn', 'error'] as const) {
  describe(`repetitions of ${level}`, () => {
    test('are suppressed for an interval, then the next line has their number', () => {
      const { log, clock, messages } = recordedLog();
      assert.equal(log[level]('cannot read files', { code: 'EIO', files: 1 }), true);
      clock.at += REPEAT_INTERVAL_MS - 1;
      for (const files of [1, 2, 3]) assert.equal(log[level]('cannot read files', { code: 'EIO', files }), false);
      clock.at += 1;
      assert.equal(log[level]('cannot read files', { code: 'EIO', files: 4 }), true);
      clock.at += REPEAT_INTERVAL_MS;
      log[level]('cannot read files', { code: 'EIO', files: 5 });
      assert.deepEqual(messages(), [
        `${level} msg="cannot read files" code=EIO files=1`,
        `${level} msg="cannot read files" code=EIO files=4 suppressed=3`,
        `${level} msg="cannot read files" code=EIO files=5`,
      ]);
    });

    test('are lines with the same message and the same texts, whatever their numbers', () => {
      const { log, lines } = recordedLog();
      const fields = [
        { collector: 'cpu', code: 'EIO' },
        { collector: 'cpu', code: 'EACCES' },
        { collector: 'memory', code: 'EIO' },
      ];
      for (const each of [...fields, ...fields]) log[level]('cannot read files', { ...each, files: lines.length });
      log[level]('cannot read directories', fields[0]);
      assert.equal(lines.length, 4);
    });
  });
}

test('debug and info are not limited', () => {
  const { log, lines } = recordedLog();
  for (const level of ['debug', 'info'] as const) for (let line = 0; line < 3; line++) log[level]('x');
  assert.equal(lines.length, 6);
});

test('lines that the destination loses are counted, and reported before the next one', () => {
  const { log, disk, messages } = recordedLog();
  log.info('begin');
  disk.isFull = true;
  for (const line of [1, 2, 3]) log.info('write', { line });
  disk.isFull = false;
  log.info('end');
  log.info('stop');
  assert.deepEqual(messages(), [
    'info msg=begin',
    'warn msg="lost log lines" lines=3',
    'info msg=end',
    'info msg=stop',
  ]);
});

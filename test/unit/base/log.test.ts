import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { openLog, WARN_INTERVAL_MS, type Log, type LogFormat, type LogLevel } from '../../../src/base/log.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');

/** A log whose clock stands still until it is moved, and the lines it wrote. */
function recordedLog(
  format: LogFormat = 'logfmt',
  level: LogLevel = 'debug',
): { log: Log; lines: string[]; clock: { at: number } } {
  const lines: string[] = [];
  const clock = { at: NOW };
  const destination = {
    write(text: string): void {
      assert.ok(text.endsWith('\n'));
      lines.push(text.slice(0, -1));
    },
  };
  return { log: openLog({ format, level, destination, now: () => clock.at }), lines, clock };
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

describe('warnRarely', () => {
  test('says a cause once, then is silent about it, then says it again', () => {
    const { log, lines, clock } = recordedLog();
    log.warnRarely('network', 'first');
    clock.at += WARN_INTERVAL_MS - 1;
    log.warnRarely('network', 'second');
    assert.equal(lines.length, 1);
    clock.at += 1;
    log.warnRarely('network', 'third', { code: 'EIO' });
    assert.deepEqual(
      lines.map((line) => /level=warn msg=(.*)/.exec(line)?.[1]),
      ['first', 'third code=EIO'],
    );
    clock.at += 1;
    log.warnRarely('network', 'fourth');
    assert.equal(lines.length, 2);
  });

  test('tells causes apart, whatever the message', () => {
    const { log, lines } = recordedLog();
    for (const cause of ['cpu EIO', 'cpu EACCES', 'cpu EIO', 'memory EIO']) log.warnRarely(cause, 'same');
    assert.equal(lines.length, 3);
  });

  test('does not silence warn', () => {
    const { log, lines } = recordedLog();
    log.warnRarely('x', 'x');
    log.warn('x');
    assert.equal(lines.length, 2);
  });

  test('is bounded: very many causes are forgotten', () => {
    const { log, lines } = recordedLog();
    log.warnRarely('first', 'x');
    for (let index = 0; index < 2000; index++) log.warnRarely(`cause ${index}`, 'x');
    log.warnRarely('first', 'x');
    assert.equal(lines.length, 2002);
  });
});

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { LineWriter } from '../../../src/base/log-destination.ts';

/** A pipe with room for so many bytes, or an error instead. */
class Pipe {
  text = '';
  room: number;
  error: string | undefined;

  constructor(room: number) {
    this.room = room;
  }

  readonly write = (bytes: Buffer): number => {
    const code = this.error ?? (this.room === 0 ? 'EAGAIN' : undefined);
    if (code !== undefined) throw Object.assign(new Error(code), { code });
    const taken = Math.min(this.room, bytes.length);
    this.text += bytes.toString('utf8', 0, taken);
    this.room -= taken;
    return taken;
  };
}

test('a line that a pipe takes in pieces is completed by the next line', () => {
  const pipe = new Pipe(4);
  const writer = new LineWriter(pipe.write);
  assert.equal(writer.write('first\n'), 0);
  assert.equal(pipe.text, 'firs');
  pipe.room = 100;
  assert.equal(writer.write('second\n'), 0);
  assert.equal(pipe.text, 'first\nsecond\n');
});

test('a full pipe is tried again later', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const pipe = new Pipe(0);
  const writer = new LineWriter(pipe.write);
  writer.write('first\n');
  t.mock.timers.tick(1000);
  assert.equal(pipe.text, '');
  pipe.room = 100;
  t.mock.timers.tick(1000);
  assert.equal(pipe.text, 'first\n');
});

test('a pipe that nobody drains costs lines, not memory', () => {
  const pipe = new Pipe(0);
  const writer = new LineWriter(pipe.write);
  const line = `${'x'.repeat(999)}\n`;
  let lost = 0;
  for (let lines = 0; lines < 1000; lines++) lost += writer.write(line);
  assert.ok(lost > 700 && lost < 800, String(lost));
  pipe.room = Number.POSITIVE_INFINITY;
  assert.equal(writer.write('last\n'), 0);
  assert.equal(pipe.text, `${line.repeat(1000 - lost)}last\n`);
});

test('a line that is longer than the buffer is written', () => {
  const pipe = new Pipe(10);
  const writer = new LineWriter(pipe.write);
  const line = `${'x'.repeat(1_000_000)}\n`;
  assert.equal(writer.write(line), 0);
  pipe.room = Number.POSITIVE_INFINITY;
  writer.write('last\n');
  assert.equal(pipe.text, `${line}last\n`);
});

test('an error loses what waits, and the next line is tried again', () => {
  const pipe = new Pipe(0);
  const writer = new LineWriter(pipe.write);
  writer.write('first\n');
  pipe.error = 'EPIPE';
  assert.equal(writer.write('second\n'), 2);
  assert.equal(writer.write('third\n'), 1);
  pipe.error = undefined;
  pipe.room = 100;
  assert.equal(writer.write('fourth\n'), 0);
  assert.equal(pipe.text, 'fourth\n');
});

import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { COLLECTOR_FLAGS } from '../../src/config.ts';
import { helpText } from '../../src/help.ts';
import { collectors } from '../../src/metrics/index.ts';
import { OPTIONS, type Option } from '../../src/options.ts';

describe('the text of --help', () => {
  const lines = helpText().split('\n');

  for (const [name, option] of Object.entries<Option>(OPTIONS)) {
    test(`says what --${name} does and what it is if left out`, () => {
      const at = lines.findIndex((line) => line.trim().split('=')[0] === `--${name}`);
      assert.ok(at >= 0);
      if (option.default !== undefined) assert.equal(lines[at]?.trim(), `--${name}=${option.default}`);
      assert.equal(lines[at + 1]?.trim(), option.help);
    });
  }

  for (const { name, about, enabled } of collectors) {
    test(`says how to switch ${name} ${enabled ? 'off' : 'on'}`, () => {
      const at = lines.findIndex((line) => line.trim() === `--${enabled ? 'no-' : ''}collector.${name}`);
      assert.ok(at >= 0);
      assert.equal(lines[at + 1]?.trim(), `${enabled ? 'On' : 'Off'}. ${about}`);
    });
  }

  test('names no flag that there is not', () => {
    const flags = lines.flatMap((line) => /^ {2}--(?:no-)?([^=\s]+)/.exec(line)?.[1] ?? []);
    assert.deepEqual(flags.toSorted(), [...Object.keys(OPTIONS), ...COLLECTOR_FLAGS].toSorted());
  });

  test('tells of the environment', () => assert.match(lines.join('\n'), /POD_EXPORTER_WEB_LISTEN_ADDRESS/));

  test('explains in sentences', () => {
    for (const [name, { help }] of Object.entries<Option>(OPTIONS)) assert.match(help, /^[A-Z].*\.$/s, name);
  });
});

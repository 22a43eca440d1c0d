import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { ALL_OPTIONS } from '../../src/command-line.ts';
import type { Command } from '../../src/commands/command.ts';
import { commands } from '../../src/commands/index.ts';
import { helpText } from '../../src/help.ts';
import type { OptionTable } from '../../src/option.ts';
import { COLLECTOR_OPTIONS, COMMON_OPTIONS } from '../../src/options.ts';

/** Explanations by term, each in one line. */
function itemsOf(text: string): ReadonlyMap<string, string> {
  const items = new Map<string, string>();
  let term = '';
  for (const line of text.split('\n')) {
    const [, begun, , about] = /^ {2}(\S+(?: \S+)*?)( {2,}(\S.*))?$/.exec(line) ?? [];
    const [, more] = /^ {34}(\S.*)$/.exec(line) ?? [];
    if (begun !== undefined) items.set((term = begun), about ?? '');
    else if (more !== undefined) items.set(term, `${items.get(term) ?? ''} ${more}`.trim());
  }
  return items;
}

function names(options: OptionTable): readonly string[] {
  return Object.keys(options).toSorted();
}

/** Names of the flags that a text explains. */
function flagsIn(text: string): readonly string[] {
  const flags = [...itemsOf(text).keys()].flatMap((term) => /^--(?:\[no-\])?([^=\s]+)/.exec(term)?.[1] ?? []);
  return flags.toSorted();
}

describe('the help of the program', () => {
  const text = helpText();
  const items = itemsOf(text);

  test('has every flag of every command but those of commands that are not the default', () => {
    const [byDefault, ...others] = commands;
    const foreign = new Set(others.flatMap(({ options }) => Object.keys(options)));
    assert.deepEqual(
      flagsIn(text),
      names(ALL_OPTIONS).filter((name) => !foreign.has(name)),
    );
    assert.ok(flagsIn(text).includes(Object.keys(byDefault.options)[0] ?? ''));
  });

  test('has every command, and says which is run by default', () => {
    for (const [index, { name, about }] of commands.entries()) {
      assert.equal(items.get(name), index === 0 ? `${about} This is the default command.` : about);
    }
  });

  test('explains a flag, with its value, its default and its other variable', () => {
    assert.equal(items.get('--web.telemetry-path=PATH'), 'Path under which to expose metrics. (default "/metrics")');
    assert.match(items.get('--max-descriptors=COUNT') ?? '', / \(default 16384\)$/);
    assert.match(items.get('--node-name=NAME') ?? '', / \(also set by NODE_NAME\)$/);
    assert.match(items.get('--web.listen-address=ADDRESS ...') ?? '', /^Address to listen on/);
    assert.match(items.get('--collector.filesystem.fs-types-exclude=REGEXP') ?? '', / \(default pseudo file systems/);
    assert.equal(items.get('--compat.zeros'), COMPAT_ZEROS);
    assert.equal(items.get('-h, --help'), 'Print this help and exit.');
  });

  const COMPAT_ZEROS = ALL_OPTIONS['compat.zeros']?.help;

  for (const [name, { help, default: enabled }] of Object.entries(COLLECTOR_OPTIONS)) {
    test(`explains --${name}, and whether it is enabled`, () => {
      const state = enabled === 'true' ? 'enabled' : 'disabled';
      assert.equal(items.get(`--[no-]${name}`), `${help} (default ${state})`);
    });
  }

  test('states how flags are set in the environment', () => assert.match(text, /POD_EXPORTER_LOG_LEVEL/));
});

describe('the help of a command', () => {
  for (const command of commands) {
    test(`${command.name} has its own flags, the common ones and those of the collectors`, () => {
      const own: Command['options'] = { ...command.options, ...COMMON_OPTIONS, ...COLLECTOR_OPTIONS };
      const text = helpText(command);
      assert.deepEqual(flagsIn(text), names(own));
      assert.ok(text.startsWith(`Usage: pod-exporter ${command.name} [flags]\n\n${command.about}\n`));
    });
  }
});

describe('the layout', () => {
  for (const width of [70, 80, 100, 250]) {
    test(`no line is longer than ${width}`, () => {
      for (const line of helpText(undefined, width).split('\n')) assert.ok(line.length <= width, line);
    });
  }

  test('is the same for 100 columns and for no terminal', () => assert.equal(helpText(undefined, 100), helpText()));

  test('is readable on a very narrow terminal', () => {
    const lines = helpText(undefined, 10).split('\n');
    assert.ok(lines.length < helpText(undefined, 70).split('\n').length * 3);
  });

  test('every explanation begins in the same column', () => {
    for (const line of helpText()
      .split('\n')
      .filter((each) => /^ {2}-/.test(each) && / {2}/.test(each.slice(2)))) {
      assert.match(line, /^.{33} \S/, line);
    }
  });

  test('a default is not separated from its name', () => assert.doesNotMatch(helpText(), /\(default\n\s+"/));
});

test('flags and commands are explained in sentences', () => {
  for (const { help } of Object.values(ALL_OPTIONS)) assert.match(help, /^[A-Z].*\.$/s);
  for (const { about } of commands) assert.match(about, /^[A-Z].*\.$/s);
});

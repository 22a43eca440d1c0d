import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { ALL_OPTIONS, readCommandLine, similarNames, type Invocation } from '../../src/command-line.ts';
import { commands } from '../../src/commands/index.ts';
import { ConfigError } from '../../src/flag-values.ts';
import { helpText } from '../../src/help.ts';
import { version } from '../../src/version.ts';
import { configOf } from '../support/config-of.ts';

function commandOf(args: readonly string[], environment = {}): string {
  const invocation = readCommandLine(args, environment);
  return 'text' in invocation ? assert.fail(invocation.text) : invocation.command.name;
}

describe('the command', () => {
  const CASES: readonly (readonly [args: string, command: string])[] = [
    ['', 'serve'],
    ['--pods=none', 'serve'],
    ['--pods none', 'serve'],
    ['serve', 'serve'],
    ['once', 'once'],
    ['once --pods none', 'once'],
    ['--pods none once', 'once'],
    ['--collector.cpu once --no-collector.io', 'once'],
    ['--web.listen-address :0 serve', 'serve'],
    ['-- once', 'once'],
    // Kept from before there were commands.
    ['--once', 'once'],
    ['--once --web.listen-address=:0', 'once'],
    ['serve --once', 'once'],
    ['--once --no-once', 'serve'],
    ['--node-name once', 'serve'],
  ];
  for (const [args, command] of CASES) {
    test(`"${args}" is ${command}`, () => {
      assert.equal(commandOf(args === '' ? [] : args.split(' ')), command);
    });
  }

  test('POD_EXPORTER_ONCE is --once', () => {
    assert.equal(commandOf([], { POD_EXPORTER_ONCE: 'true' }), 'once');
    assert.equal(commandOf(['--no-once'], { POD_EXPORTER_ONCE: 'true' }), 'serve');
  });

  test('once is in the configuration, by command and by flag', () => {
    for (const args of [['once'], ['--once']]) assert.equal(configOf(args).once, true);
    assert.equal(configOf(['serve']).once, false);
  });

  test('the variables of flags that another command has are not read', () => {
    const environment = { POD_EXPORTER_WEB_LISTEN_ADDRESS: 'x', POD_EXPORTER_COMPAT_ZEROS: 'maybe' };
    assert.equal(configOf(['once'], environment).compat.zeros, false);
    assert.throws(() => configOf([], environment), ConfigError);
  });
});

describe('a text is printed', () => {
  const text = (invocation: Invocation): string => ('text' in invocation ? invocation.text : assert.fail('runs'));

  for (const args of ['--help', '-h', 'help', '--pods=x --help', '-h --bogus', '--version -h']) {
    test(`${args}: the help of the program`, () => {
      assert.equal(text(readCommandLine(args.split(' '), {})), helpText());
    });
  }

  for (const command of commands) {
    const { name } = command;
    for (const args of [`${name} --help`, `${name} -h`, `help ${name}`, `--help ${name}`, `${name} -h --bogus`]) {
      test(`${args}: the help of ${name}`, () => {
        assert.equal(text(readCommandLine(args.split(' '), {})), helpText(command));
      });
    }
  }

  test('the help is wrapped at the width of the terminal', () => {
    assert.equal(text(readCommandLine(['-h'], {}, 70)), helpText(undefined, 70));
  });

  for (const args of ['--version', 'once --version', '--version --log.level=x']) {
    test(`${args}: the version`, () => {
      assert.equal(text(readCommandLine(args.split(' '), {})), `pod-exporter ${version}\n`);
    });
  }

  test('POD_EXPORTER_VERSION: the version', () => {
    assert.equal(text(readCommandLine([], { POD_EXPORTER_VERSION: 'true' })), `pod-exporter ${version}\n`);
  });
});

describe('a command line that cannot be used is one line', () => {
  const CASES: readonly (readonly [args: string, message: string])[] = [
    ['--bogus', "unknown flag '--bogus'"],
    ['--bogus=secret', "unknown flag '--bogus'"],
    ['--colector.cpu', "unknown flag '--colector.cpu'; did you mean --collector.cpu?"],
    ['--no-collector.cpuu', "unknown flag '--no-collector.cpuu'; did you mean --no-collector.cpu?"],
    ['--web.listen-adress=:0', "unknown flag '--web.listen-adress'; did you mean --web.listen-address?"],
    ['--pod-nam=x', "unknown flag '--pod-nam'; did you mean --pod-name?"],
    ['once --web.listen-address=:0', "unknown flag '--web.listen-address'; it is a flag of the command serve"],
    ['--no-pods', "unknown flag '--no-pods'; did you mean --pods?"],
    ['-x', "unknown flag '-x'"],
    ['onec', "unknown command 'onec'; did you mean once?"],
    ['bogus --pods=none', "unknown command 'bogus'"],
    ['-- bogus', "unknown command 'bogus'"],
    ['once extra', "unexpected argument 'extra'"],
    ['serve -- --pods', "unexpected argument '--pods'"],
    ['--pods', '--pods requires a value'],
    ['--pods --once', '--pods requires a value'],
    ['once --pods', '--pods requires a value'],
    ['--pods -- once', '--pods requires a value'],
    ['--collector.cpu=false', "'--collector.cpu' takes no value"],
    ['--no-collector.cpu=true', "'--no-collector.cpu' takes no value"],
    ['--once=yes', "'--once' takes no value"],
  ];
  for (const [args, message] of CASES) {
    test(args, () => {
      assert.throws(() => readCommandLine(args.split(' '), {}), { name: 'ConfigError', message });
    });
  }
});

test('every flag of every command is known', () => {
  for (const command of commands) {
    for (const [name, { value }] of Object.entries(ALL_OPTIONS)) {
      const isOther = commands.some((other) => other !== command && name in other.options);
      if (!isOther)
        assert.doesNotThrow(() => readCommandLine([command.name, `--${name}${value === undefined ? '' : '=x'}`], {}));
    }
  }
});

test('a flag means the same for all commands that have it', () => {
  for (const [name, option] of commands.flatMap(({ options }) => Object.entries(options))) {
    assert.equal(option, ALL_OPTIONS[name], name);
  }
});

test('a similar name is one of those that are known', () => {
  assert.deepEqual(similarNames('serv', ['serve', 'once']), ['serve']);
  assert.deepEqual(similarNames('A_C', ['A_B', 'A_D']), ['A_B', 'A_D']);
  assert.deepEqual(similarNames('bogus', ['serve', 'once']), []);
  assert.deepEqual(similarNames('bogus', []), []);
});

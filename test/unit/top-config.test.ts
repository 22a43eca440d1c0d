import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf } from '../support/config-of.ts';

function topOf(...args: readonly string[]): ReturnType<typeof configOf>['top'] {
  return configOf(['top', ...args]).top;
}

test('top reads the kernel every two seconds by default', () => {
  assert.deepEqual(topOf(), {
    access: {},
    intervalSeconds: 2,
    isStream: true,
    choice: { view: 'pods', sort: 'worst', filter: '', isAllExpanded: false },
  });
});

test('top takes its boolean flags', () => {
  const { isStream, choice } = topOf('--no-stream', '--expand');
  assert.deepEqual([isStream, choice.isAllExpanded], [false, true]);
  assert.equal(configOf(['top'], { POD_EXPORTER_STREAM: 'false' }).top.isStream, false);
});

test('an empty URL means the kernel, also if the environment has one', () => {
  const environment = { POD_EXPORTER_URL: 'http://127.0.0.1:9771' };
  assert.equal(configOf(['top'], environment).top.url?.port, '9771');
  assert.equal(configOf(['top', '--url='], environment).top.url, undefined);
});

const INVALID: Readonly<Record<string, string>> = {
  '--url=node1:9771': '--url: "node1:9771" is not a URL like http://127.0.0.1:9771, without credentials and query',
  '--url=http://alice:secret@node1':
    '--url: "http://...@node1" is not a URL like http://127.0.0.1:9771, without credentials and query',
  '--interval=0': '--interval: "0" is not a number from 1 to 60',
  '--interval=2s': '--interval: "2s" is not a whole number',
  '--columns=all': '--columns: "all" is not pods or network or docker or kubectl',
  '--sort=age': '--sort: "age" is not worst or cpu or memory or throttled or network or disk or restarts or name',
};

for (const [flag, message] of Object.entries(INVALID)) {
  test(`top ${flag} is an error`, () => assert.throws(() => topOf(flag), { name: 'ConfigError', message }));
}

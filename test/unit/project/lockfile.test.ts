import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** One package of the lock file. */
interface Locked {
  readonly resolved?: string;
  readonly cpu?: string | readonly string[];
  readonly os?: string | readonly string[];
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const LOCK_FILES = ['package-lock.json', 'test/render/package-lock.json'].map((file) => {
  const lock = read(file) as { packages: Readonly<Record<string, Locked>> };
  return [file, lock.packages] as const;
});
const packages = LOCK_FILES[0]?.[1] ?? {};
const manifest = read('package.json') as { allowScripts: Readonly<Record<string, boolean>> };

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../../..', name), 'utf8'));
}

for (const cpu of ['x64', 'arm64']) {
  test(`Node for ${cpu} is locked, for that processor only`, () => {
    const node = packages[`node_modules/node-linux-${cpu}`];
    assert.deepEqual([node?.os, node?.cpu].flat(), ['linux', cpu]);
  });
}

for (const [file, locked] of LOCK_FILES) {
  test(`packages of ${file} come from whatever registry the machine has`, () => {
    const fixed = Object.entries(locked).filter(
      ([, { resolved = '' }]) => !/^$|^https:\/\/registry\.npmjs\.org\//.test(resolved),
    );
    assert.deepEqual(fixed, []);
  });
}

for (const [file, locked] of LOCK_FILES) {
  /** A registry without some of them makes npm leave them out, and npm 11 and 12 then refuse `npm ci`. */
  test(`optional packages of other platforms are locked too in ${file}`, () => {
    for (const [path, { optionalDependencies = {} }] of Object.entries(locked)) {
      for (const name of Object.keys(optionalDependencies)) {
        const places = [`${path}/node_modules/${name}`, `node_modules/${name}`];
        assert.ok(
          places.some((place) => locked[place] !== undefined),
          `${name}, which ${path} names, is not locked`,
        );
      }
    }
  });
}

test('no package runs a script when it is installed', () => {
  const scripted = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript === true);
  const denied = Object.keys(manifest.allowScripts).map((name) => `node_modules/${name}`);
  assert.deepEqual(scripted, denied);
  assert.ok(Object.values(manifest.allowScripts).every((allowed) => !allowed));
});

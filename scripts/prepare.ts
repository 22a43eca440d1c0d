import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Part of `npm ci`: builds what `npm start` can also do without, with one line for each part that is not built. */
const PARTS = [
  { name: 'live page', script: 'build:page', program: 'build-page.ts', needs: 'esbuild' },
  { name: 'native reader', script: 'build:native', program: 'build-native.ts', needs: 'node-api-headers' },
];

for (const { name, script, program, needs } of PARTS) {
  if (!existsSync(join(import.meta.dirname, '../node_modules', needs))) {
    console.log(`the ${name} is not built, because npm omitted ${needs}; run npm ci --include=dev`);
  } else if (spawnSync(process.execPath, [join(import.meta.dirname, program)], { stdio: 'inherit' }).status !== 0) {
    console.log(`the ${name} is not built; run npm run ${script}`);
  }
}

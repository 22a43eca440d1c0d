import { parseArgs } from 'node:util';

import { hostilePods } from './hostile-pods.ts';
import { httpRequests } from './http-requests.ts';
import { kernelFiles } from './kernel-files.ts';
import { nodeTrees } from './node-trees.ts';
import { runFuzzer } from './run.ts';

/**
 * Runs the fuzzers, each for an equal part of the time.
 *
 *     npm run fuzz -- --minutes=60
 *     npm run fuzz -- --only=kernel-files --seed=4711 --cases=1    replays one case
 *
 * Each case has a seed of its own: the first `--seed`, the others those that follow. A failure is one line with the seed
 * and a minimal input, and exit code 1.
 */
const FUZZERS = [kernelFiles, nodeTrees, hostilePods, httpRequests];

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    cases: { type: 'string', default: 'Infinity' },
    only: { type: 'string', multiple: true },
  },
});
const chosen = FUZZERS.filter(({ name }) => values.only?.includes(name) ?? true);
const limits = {
  seed: Number(values.seed),
  durationMs: (Number(values.minutes) * 60_000) / chosen.length,
  maxCases: Number(values.cases),
};
if (chosen.length === 0 || Object.values(limits).some((limit) => !(limit > 0))) {
  console.error(`fuzz: needs positive numbers, and --only one of ${FUZZERS.map(({ name }) => name).join(', ')}`);
  process.exitCode = 2;
} else {
  for (const fuzzer of chosen) {
    const { cases, seconds, failure } = await runFuzzer(fuzzer, limits);
    console.log(`${fuzzer.name}: ${cases} cases from seed ${limits.seed} on in ${seconds.toFixed(0)} s`);
    if (failure === undefined) continue;
    console.error(`FAILED ${failure}`);
    process.exitCode = 1;
  }
}

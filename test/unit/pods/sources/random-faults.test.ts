import { type TestContext, test } from 'node:test';
import { seededRandom } from '../../../support/seeded-random.ts';
import { SourceHarness, type SourceHarnessOptions } from './source-harness.ts';
import { silentFaults, visibleFaults, ChaosTest } from './chaos-test.ts';

/**
 * Random pod changes and request faults; then the faults end, and the index is in sync with the server within the
 * documented time.
 *
 * Most seeds use in-memory connections, with the same client, server and HTTP implementation; real sockets take ten
 * times as long and are used in the last tests.
 */
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

/** Rounds per seed, and random steps per round; the index must be in sync after each round. */
const ROUNDS = 50;
const STEPS = 100;

async function run(context: TestContext, seed: number, options: SourceHarnessOptions): Promise<void> {
  const random = seededRandom(seed);
  const harness = await SourceHarness.watching(context, { ...options, seed: seed + 1000, replicas: 1 + (seed % 3) });
  const chaos = new ChaosTest(harness, random);
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const scenario = round % 2 === 0 ? visibleFaults : silentFaults;
      await chaos.run(STEPS, scenario);
      await chaos.recover(scenario);
    }
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error });
  }
  context.diagnostic(`${harness.api.requests.length} requests`);
}

for (const seed of SEEDS) {
  test(`${ROUNDS * STEPS} faults and changes in memory, seed ${seed}`, (context) =>
    run(context, seed, { inMemory: true }));
}

for (const seed of SEEDS.slice(0, 2)) {
  test(`${ROUNDS * STEPS} faults and changes over sockets, seed ${seed}`, (context) => run(context, seed, {}));
}

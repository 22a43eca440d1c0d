import { type TestContext, test } from 'node:test';
import { seededRandom } from '../../../support/seeded-random.ts';
import { ObservedApi, type ObservedApiOptions } from './observed-api.ts';
import { badFaith, badLuck, Trial } from './trial.ts';

/**
 * Pods change at random and requests go wrong at random; then the faults end, and in the stated time the index equals what the
 * server has.
 *
 * Most of it is done over connections in memory: the client, the server and node's HTTP are the same, only the kernel is left
 * out, which would take ten times as long. It is there in the last of the tests.
 */
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

/** Rounds per seed, and random steps per round; after each the index has to be right. */
const ROUNDS = 50;
const STEPS = 100;

async function run(context: TestContext, seed: number, options: ObservedApiOptions): Promise<void> {
  const random = seededRandom(seed);
  const observed = await ObservedApi.watching(context, { ...options, seed: seed + 1000, replicas: 1 + (seed % 3) });
  const trial = new Trial(observed, random);
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const trouble = round % 2 === 0 ? badLuck : badFaith;
      await trial.run(STEPS, trouble);
      await trial.settle(trouble);
    }
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error });
  }
  context.diagnostic(`${observed.api.requests.length} requests`);
}

for (const seed of SEEDS) {
  test(`${ROUNDS * STEPS} faults and changes in memory, seed ${seed}`, (context) =>
    run(context, seed, { inMemory: true }));
}

for (const seed of SEEDS.slice(0, 2)) {
  test(`${ROUNDS * STEPS} faults and changes over sockets, seed ${seed}`, (context) => run(context, seed, {}));
}

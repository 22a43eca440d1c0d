import type { ResourceAmounts } from '../pod.ts';

const NAMES = ['cpu', 'memory', 'ephemeralStorage'] as const satisfies readonly (keyof ResourceAmounts)[];

/** The smallest amount of CPU that a quantity can have, in parts of a core. */
const NANO = 1e9;

/** Sums of two amounts. */
export function addAmounts(left: ResourceAmounts, right: ResourceAmounts): ResourceAmounts {
  return combine([left, right], (sum, amount) => sum + amount);
}

/** The largest of several amounts, per resource. */
export function largestAmounts(amounts: readonly ResourceAmounts[]): ResourceAmounts {
  return combine(amounts, Math.max);
}

function combine(
  amounts: readonly ResourceAmounts[],
  operation: (left: number, right: number) => number,
): ResourceAmounts {
  const combined = NAMES.flatMap((name) => {
    let result: number | undefined;
    for (const { [name]: amount } of amounts) {
      if (amount !== undefined) result = result === undefined ? amount : operation(result, amount);
    }
    if (result === undefined) return [];
    // 0.1 + 0.2 is 0.3 cores.
    return [[name, name === 'cpu' ? Math.round(result * NANO) / NANO : result] as const];
  });
  return Object.fromEntries(combined);
}

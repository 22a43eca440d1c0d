import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseIoPressure, WalkBudget } from '../../../../src/kernel/children/walk-budget.ts';

/** A budget with a manual clock that sleeping advances. */
function budgeted(options: { share: number; pressures?: (number | undefined)[] }) {
  const { share, pressures = [] } = options;
  const slept: number[] = [];
  const clock = { now: 5000 };
  const budget = new WalkBudget({
    walkMsPerSecond: share,
    maxIoPressurePercent: 20,
    readIoPressure: () => pressures.shift(),
    elapsed: () => clock.now,
    sleep: (milliseconds) => {
      slept.push(milliseconds);
      clock.now += milliseconds;
      return Promise.resolve();
    },
  });
  return { budget, slept, clock };
}

describe('the budget of a walk', () => {
  test('starts with a check of the pressure and no delay', async () => {
    const { budget, slept } = budgeted({ share: 50 });
    assert.equal(budget.shouldYield, true);
    await budget.yield();
    assert.deepEqual(slept, [0]);
    assert.equal(budget.shouldYield, false);
  });

  test('yields every ten milliseconds', async () => {
    const { budget, clock } = budgeted({ share: 50 });
    await budget.yield();
    clock.now += 9.9;
    assert.equal(budget.shouldYield, false);
    clock.now += 0.1;
    assert.equal(budget.shouldYield, true);
  });

  test('sleeps in proportion to the share', async () => {
    const { budget, slept, clock } = budgeted({ share: 50 });
    await budget.yield();
    clock.now += 10;
    await budget.yield();
    assert.deepEqual(slept, [0, 190]);
  });

  test('compensates for a slow step', async () => {
    const { budget, slept, clock } = budgeted({ share: 100 });
    await budget.yield();
    clock.now += 3000;
    await budget.yield();
    assert.deepEqual(slept, [0, 27_000]);
  });

  test('may be 1000 ms per second', async () => {
    const { budget, slept, clock } = budgeted({ share: 1000 });
    await budget.yield();
    clock.now += 10;
    await budget.yield();
    assert.deepEqual(slept, [0, 0]);
  });

  test('does not exceed the share over an hour', async () => {
    const { budget, clock } = budgeted({ share: 50 });
    const began = clock.now;
    let worked = 0;
    while (clock.now < began + 3_600_000) {
      if (budget.shouldYield) await budget.yield();
      clock.now += 3;
      worked += 3;
    }
    const share = worked / (clock.now - began);
    assert.ok(share > 0.049 && share < 0.0501, String(share));
  });

  test('pauses during high I/O pressure and checks it every second', async () => {
    const { budget, slept } = budgeted({ share: 50, pressures: [80, 20.01, 20, 99] });
    await budget.yield();
    assert.deepEqual(slept, [0, 1000, 1000]);
    assert.equal(budget.shouldYield, false);
  });

  test('does not count a pause as running time', async () => {
    const { budget, slept, clock } = budgeted({ share: 50, pressures: [0, 80, 0, 0] });
    await budget.yield();
    clock.now += 10;
    await budget.yield();
    clock.now += 10;
    await budget.yield();
    assert.deepEqual(slept, [0, 190, 1000, 190]);
  });

  test('does not pause without PSI', async () => {
    const { budget, slept } = budgeted({ share: 50, pressures: [undefined] });
    await budget.yield();
    assert.deepEqual(slept, [0]);
  });
});

test('parseIoPressure() returns some avg10', () => {
  const text = 'some avg10=1.53 avg60=0.28 avg300=0.12 total=37759865\nfull avg10=9.99 avg60=0 avg300=0 total=1\n';
  assert.equal(parseIoPressure(text), 1.53);
  assert.equal(parseIoPressure('some avg10=100.00 avg60=1.00 avg300=1.00 total=5'), 100);
  assert.equal(parseIoPressure(''), undefined);
  assert.equal(parseIoPressure('full avg10=1.00'), undefined);
});

import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, test } from 'node:test';
import { InFlight, type InFlightResponse } from '../../../src/http/in-flight.ts';

const MEBIBYTE = 1024 * 1024;

/** A response that records whether it was disconnected. */
class FakeResponse {
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
  }
}

/** Responses in the order in which their clients took something, the slowest first. */
function responses(
  inFlight: InFlight,
  count: number,
  ownBytes = 0,
): readonly (readonly [InFlightResponse, FakeResponse])[] {
  return Array.from({ length: count }, (_, progressAt) => {
    const fake = new FakeResponse();
    const added = inFlight.add(fake as unknown as ServerResponse, ownBytes);
    added.progressAt = progressAt;
    return [added, fake] as const;
  });
}

function holdEach(inFlight: InFlight, all: ReturnType<typeof responses>, megabytes: number, share = false): string {
  const shared = { byteLength: megabytes * MEBIBYTE };
  for (const [response] of all) inFlight.hold(response, share ? shared : { byteLength: megabytes * MEBIBYTE });
  return all.map(([, { destroyed }]) => (destroyed ? 'x' : 'o')).join('');
}

describe('the memory of responses in flight', () => {
  test('disconnects the slowest clients until the others have room', () => {
    const inFlight = new InFlight();
    assert.equal(holdEach(inFlight, responses(inFlight, 4), 10), 'xxoo');
    assert.equal(inFlight.size, 2);
  });

  test('counts once what clients share', () => {
    const inFlight = new InFlight();
    assert.equal(holdEach(inFlight, responses(inFlight, 4), 10, true), 'oooo');
  });

  test('allows a single content of any size', () => {
    const inFlight = new InFlight();
    assert.equal(holdEach(inFlight, responses(inFlight, 1), 100), 'o');
  });

  test('counts what each client needs besides', () => {
    const inFlight = new InFlight();
    assert.equal(holdEach(inFlight, responses(inFlight, 4, 10 * MEBIBYTE), 1, true), 'xxoo');
  });

  test('skips clients that hold nothing, and forgets those that are removed', () => {
    const inFlight = new InFlight();
    const [[idle, idleResponse] = [], [gone, goneResponse] = [], ...others] = responses(inFlight, 4);
    assert.ok(idle !== undefined && gone !== undefined);
    inFlight.hold(gone, { byteLength: 20 * MEBIBYTE });
    inFlight.remove(gone);
    assert.equal(holdEach(inFlight, others, 10), 'oo');
    assert.deepEqual([idleResponse?.destroyed, goneResponse?.destroyed, inFlight.size], [false, false, 3]);
  });
});

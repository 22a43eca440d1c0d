import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import {
  type Fault,
  half,
  halfAndEnd,
  halfAndSilence,
  httpStatus,
  opening,
  reset,
  silence,
  silentStream,
  text,
} from '../../../support/api-faults.ts';
import { SourceHarness } from './source-harness.ts';
import {
  INITIAL_DELAY_MS,
  HOUR_MS,
  LIST_IDLE_TIMEOUT_MS,
  MAX_DELAY_MS,
  maxRequestsPerHour,
  MAX_UNAUTHORIZED_DELAY_MS,
  MIN_UNAUTHORIZED_DELAY_MS,
  MAX_WATCH_MS,
} from './documented-delays.ts';

interface Case {
  readonly what: string;
  /** Kind of the failing request. */
  readonly kind: 'list' | 'watch';
  readonly fault: Fault;
  /** Maximum time in milliseconds until the client detects the fault, Retry-After included. */
  readonly detectionMs?: number;
  /** Request after a failed watch. */
  readonly next?: 'list' | 'watch';
}

const GONE = '{"type":"ERROR","object":{"kind":"Status","code":410}}\n';

const CASES: readonly Case[] = [
  { what: 'a watch that ends at once', kind: 'watch', fault: text('') },
  { what: 'a watch that is reset', kind: 'watch', fault: reset },
  { what: 'a watch without response', kind: 'watch', fault: silence, detectionMs: MAX_WATCH_MS },
  { what: 'a watch that becomes silent', kind: 'watch', fault: silentStream, detectionMs: MAX_WATCH_MS },
  { what: '410 for a watch', kind: 'watch', fault: httpStatus(410), next: 'list' },
  { what: '410 in a watch', kind: 'watch', fault: opening(GONE), next: 'list' },
  { what: '429 for a watch', kind: 'watch', fault: httpStatus(429, { 'Retry-After': '5' }), detectionMs: 5000 },
  { what: '500 for a watch', kind: 'watch', fault: httpStatus(500) },
  { what: '504 for a watch', kind: 'watch', fault: httpStatus(504, { 'Retry-After': '1' }), detectionMs: 1000 },
  { what: '401 for a watch', kind: 'watch', fault: httpStatus(401), detectionMs: MAX_UNAUTHORIZED_DELAY_MS },
  { what: '403 for a watch', kind: 'watch', fault: httpStatus(403), detectionMs: MAX_UNAUTHORIZED_DELAY_MS },
  { what: '404 for a watch', kind: 'watch', fault: httpStatus(404), next: 'list' },
  { what: 'a watch with a line that is not JSON', kind: 'watch', fault: opening('{"type":\n'), next: 'list' },
  { what: 'a watch with a truncated line', kind: 'watch', fault: text('{"type":"ADDED"'), next: 'list' },
  { what: 'an HTML page for a watch', kind: 'watch', fault: text('<html>\n'), next: 'list' },
  {
    what: 'an event of an unknown type',
    kind: 'watch',
    fault: opening('{"type":"MOVED","object":{}}\n'),
    next: 'list',
  },
  {
    what: 'an error event without a code',
    kind: 'watch',
    fault: opening('{"type":"ERROR","object":{}}\n'),
    next: 'list',
  },
  { what: 'a list that is reset', kind: 'list', fault: reset },
  { what: 'a list without response', kind: 'list', fault: silence, detectionMs: LIST_IDLE_TIMEOUT_MS },
  {
    what: 'a list that becomes silent halfway',
    kind: 'list',
    fault: halfAndSilence,
    detectionMs: LIST_IDLE_TIMEOUT_MS,
  },
  { what: 'a list whose connection ends halfway', kind: 'list', fault: halfAndEnd },
  { what: 'a truncated list', kind: 'list', fault: half },
  { what: 'an HTML page for a list', kind: 'list', fault: text('<html>') },
  { what: 'another object for a list', kind: 'list', fault: text('{"kind":"Status","items":[]}') },
  { what: '410 for a list', kind: 'list', fault: httpStatus(410) },
  { what: '429 for a list', kind: 'list', fault: httpStatus(429, { 'Retry-After': '7' }), detectionMs: 7000 },
  { what: '500 for a list', kind: 'list', fault: httpStatus(500) },
  { what: '504 for a list', kind: 'list', fault: httpStatus(504, { 'Retry-After': '1' }), detectionMs: 1000 },
  { what: '401 for a list', kind: 'list', fault: httpStatus(401), detectionMs: MAX_UNAUTHORIZED_DELAY_MS },
  { what: '403 for a list', kind: 'list', fault: httpStatus(403), detectionMs: MAX_UNAUTHORIZED_DELAY_MS },
];

/** Ends the watch so that the next request is the failing one. */
function triggerFault({ api }: SourceHarness, { kind }: Case): void {
  if (kind === 'list') api.failWatches(400);
  else api.endWatches();
}

/** Maximum number of requests per hour. */
function maxRequests({ detectionMs, next }: Case): number {
  return detectionMs === MAX_UNAUTHORIZED_DELAY_MS
    ? 1 + HOUR_MS / MIN_UNAUTHORIZED_DELAY_MS
    : maxRequestsPerHour(next === 'list' ? 2 : 1);
}

/** During any fault the index keeps its pods and the source stays synced. */
function assertServing({ source }: SourceHarness): void {
  assert.deepEqual(
    ['uid-a', 'uid-b', 'uid-web-0'].map((uid) => source.index.find(uid)?.name),
    ['a', 'b', 'web-0'],
  );
  assert.equal(source.status.synced, true);
}

for (const fault of CASES) {
  test(`${fault.what}: the index is in sync after two delays`, async (context) => {
    const harness = await SourceHarness.watching(context);
    const { api } = harness;
    api.failNext(fault.kind, fault.fault);
    triggerFault(harness, fault);
    harness.mutatePods();
    await harness.untilIdle();
    const before = api.requests.length;
    assertServing(harness);
    await harness.advanceUntilInSync(INITIAL_DELAY_MS + (fault.detectionMs ?? 0) + 2 * INITIAL_DELAY_MS);
    assertServing(harness);
    await harness.advance(INITIAL_DELAY_MS);
    // The failing request, the successful one, and the watch after a list.
    const expected = fault.kind === 'watch' && fault.next !== 'list' ? 2 : 3;
    assert.equal(api.requests.length - before, expected);
  });

  test(`${fault.what}, for an hour: within the request limit, and in sync after the maximum delay`, async (context) => {
    const harness = await SourceHarness.watching(context);
    const { api, log } = harness;
    api.failAll(fault.kind, fault.fault);
    triggerFault(harness, fault);
    harness.mutatePods();
    const before = api.requests.length;
    await harness.advance(HOUR_MS);
    const requests = api.requests.length - before;
    context.diagnostic(`${requests} requests`);
    assert.ok(requests <= maxRequests(fault), `${requests} requests`);
    assert.ok(log.matching('warn').length <= 2, log.lines.join('\n'));
    assertServing(harness);
    api.recover();
    await harness.advanceUntilInSync((fault.detectionMs ?? 0) + MAX_DELAY_MS);
  });
}

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
import { ObservedApi } from './observed-api.ts';
import {
  FIRST_WAIT,
  HOUR,
  LIST_SILENCE,
  LONGEST_WAIT,
  mostRequestsInAnHour,
  REFUSED_LONGEST,
  REFUSED_SHORTEST,
  WATCH_LONGEST,
} from './stated-times.ts';

interface Case {
  readonly what: string;
  /** Of which kind the request is that goes wrong. */
  readonly kind: 'list' | 'watch';
  readonly fault: Fault;
  /** How many milliseconds it takes at most until the fault is noticed, and a wait of the server's on top. */
  readonly takes?: number;
  /** What follows a watch that went wrong. */
  readonly next?: 'list' | 'watch';
}

const GONE = '{"type":"ERROR","object":{"kind":"Status","code":410}}\n';

const CASES: readonly Case[] = [
  { what: 'a watch that is ended at once', kind: 'watch', fault: text('') },
  { what: 'a watch that is reset', kind: 'watch', fault: reset },
  { what: 'a watch that is never answered', kind: 'watch', fault: silence, takes: WATCH_LONGEST },
  { what: 'a watch that falls silent', kind: 'watch', fault: silentStream, takes: WATCH_LONGEST },
  { what: '410 for a watch', kind: 'watch', fault: httpStatus(410), next: 'list' },
  { what: '410 in a watch', kind: 'watch', fault: opening(GONE), next: 'list' },
  { what: '429 for a watch', kind: 'watch', fault: httpStatus(429, { 'Retry-After': '5' }), takes: 5000 },
  { what: '500 for a watch', kind: 'watch', fault: httpStatus(500) },
  { what: '504 for a watch', kind: 'watch', fault: httpStatus(504, { 'Retry-After': '1' }), takes: 1000 },
  { what: '401 for a watch', kind: 'watch', fault: httpStatus(401), takes: REFUSED_LONGEST },
  { what: '403 for a watch', kind: 'watch', fault: httpStatus(403), takes: REFUSED_LONGEST },
  { what: '404 for a watch', kind: 'watch', fault: httpStatus(404), next: 'list' },
  { what: 'a watch with a line that is not JSON', kind: 'watch', fault: opening('{"type":\n'), next: 'list' },
  { what: 'a watch that breaks off in a line', kind: 'watch', fault: text('{"type":"ADDED"'), next: 'list' },
  { what: 'a watch that is a page for people', kind: 'watch', fault: text('<html>\n'), next: 'list' },
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
  { what: 'a list that is never answered', kind: 'list', fault: silence, takes: LIST_SILENCE },
  { what: 'a list that falls silent halfway', kind: 'list', fault: halfAndSilence, takes: LIST_SILENCE },
  { what: 'a list whose connection ends halfway', kind: 'list', fault: halfAndEnd },
  { what: 'half a list', kind: 'list', fault: half },
  { what: 'a list that is a page for people', kind: 'list', fault: text('<html>') },
  { what: 'a list that is another object', kind: 'list', fault: text('{"kind":"Status","items":[]}') },
  { what: '410 for a list', kind: 'list', fault: httpStatus(410) },
  { what: '429 for a list', kind: 'list', fault: httpStatus(429, { 'Retry-After': '7' }), takes: 7000 },
  { what: '500 for a list', kind: 'list', fault: httpStatus(500) },
  { what: '504 for a list', kind: 'list', fault: httpStatus(504, { 'Retry-After': '1' }), takes: 1000 },
  { what: '401 for a list', kind: 'list', fault: httpStatus(401), takes: REFUSED_LONGEST },
  { what: '403 for a list', kind: 'list', fault: httpStatus(403), takes: REFUSED_LONGEST },
];

/** Ends the watch in a way that has what goes wrong asked for next. */
function provoke({ api }: ObservedApi, { kind }: Case): void {
  if (kind === 'list') api.failWatches(400);
  else api.endWatches();
}

/** In an hour. Who was not let in waits half a minute at least. */
function mostRequests({ takes, next }: Case): number {
  return takes === REFUSED_LONGEST ? 1 + HOUR / REFUSED_SHORTEST : mostRequestsInAnHour(next === 'list' ? 2 : 1);
}

/** Whatever else happens, what was known is served on, and the first list stays the only thing to be ready for. */
function assertServing({ source }: ObservedApi): void {
  assert.deepEqual(
    ['uid-a', 'uid-b', 'uid-web-0'].map((uid) => source.index.find(uid)?.name),
    ['a', 'b', 'web-0'],
  );
  assert.equal(source.status.synced, true);
}

for (const fault of CASES) {
  test(`${fault.what}: the index is right again after the first two waits`, async (context) => {
    const observed = await ObservedApi.watching(context);
    const { api } = observed;
    api.failNext(fault.kind, fault.fault);
    provoke(observed, fault);
    observed.change();
    await observed.rest();
    const before = api.requests.length;
    assertServing(observed);
    await observed.passUntilRight(FIRST_WAIT + (fault.takes ?? 0) + 2 * FIRST_WAIT);
    assertServing(observed);
    await observed.pass(FIRST_WAIT);
    // The one that goes wrong, the one that mends it, and the watch after a list.
    const least = fault.kind === 'watch' && fault.next !== 'list' ? 2 : 3;
    assert.equal(api.requests.length - before, least);
  });

  test(`${fault.what}, for an hour: no storm, and the index is right again after the longest wait`, async (context) => {
    const observed = await ObservedApi.watching(context);
    const { api, log } = observed;
    api.failAll(fault.kind, fault.fault);
    provoke(observed, fault);
    observed.change();
    const before = api.requests.length;
    await observed.pass(HOUR);
    const requests = api.requests.length - before;
    context.diagnostic(`${requests} requests`);
    assert.ok(requests <= mostRequests(fault), `${requests} requests`);
    assert.ok(log.matching('warn').length <= 2, log.lines.join('\n'));
    assertServing(observed);
    api.recover();
    await observed.passUntilRight((fault.takes ?? 0) + LONGEST_WAIT);
  });
}

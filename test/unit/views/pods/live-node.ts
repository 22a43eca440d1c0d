import type { TestContext } from 'node:test';
import type { Clock } from '../../../../src/base/clock.ts';
import { Collections } from '../../../../src/collect/collections.ts';
import { PodsView } from '../../../../src/views/pods/pods.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { parsePodsDocument, type PodsDocument } from '../../../support/pods-document.ts';
import { textOutput } from '../../../support/view-text.ts';
import type { FakeNode } from '../../collect/fake-node.ts';
import type { Files } from '../../kernel/file-tree.ts';
import { kubeletNode, runningPod } from '../kubelet-node.ts';

/** A node whose document is requested again and again, at times that the test sets. */
export interface LiveNode extends FakeNode {
  readonly view: PodsView;
  readonly timers: FakeClock;
  /** Collectors of each collection so far. */
  readonly collected: readonly ReadonlySet<string>[];
  /** Moves the clock of node and view. */
  readonly advance: (milliseconds: number) => void;
  /** The answer to a plain request for the numbers of these collectors. */
  readonly get: (collectors: readonly string[], overMs?: number) => Promise<PodsDocument>;
}

/** When no request gives up. */
const LATE = performance.now() + 3_600_000;

export function liveNode(t: TestContext, files: Files = {}, pods: readonly unknown[] = [runningPod()]): LiveNode {
  const node = kubeletNode(t, files, pods);
  const timers = new FakeClock();
  const clock: Clock = {
    time: () => node.clock.now / 1000,
    elapsed: () => node.clock.now,
    after: (milliseconds, task) => timers.after(milliseconds, task),
  };
  const collected: ReadonlySet<string>[] = [];
  const collections = new Collections(node.scraper, ({ outcomes }) => {
    collected.push(new Set(outcomes.map(({ collector }) => collector)));
  });
  const view = new PodsView({
    scope: 'node',
    clock,
    collect: (wanted, _deadline, work) => collections.use(wanted, LATE, work),
  });
  return {
    ...node,
    view,
    timers,
    collected,
    advance: (milliseconds) => {
      node.clock.now += milliseconds;
      timers.advance(milliseconds);
    },
    get: async (collectors, overMs) => {
      const answer = view.answer(new Set(collectors), overMs);
      await answer.prepare?.(LATE, new AbortController().signal);
      const output = textOutput();
      await collections.use(answer.collectors, LATE, (snapshot) => answer.write(snapshot, output));
      return parsePodsDocument(output.text());
    },
  };
}

import { TimeSlice, type Yielder } from '../../src/base/yielder.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import type { Collect } from '../../src/views/endpoint-definition.ts';
import type { Output, SnapshotAnswer } from '../../src/views/endpoint.ts';

/** An output that keeps what it is sent. */
export interface TextOutput extends Output {
  readonly pieces: readonly Buffer[];
  text(): string;
}

/** Collects the pieces of an answer whose client waits for as long as it takes. */
export function textOutput(yielder: Yielder = new TimeSlice()): TextOutput {
  const pieces: Buffer[] = [];
  return {
    pieces,
    text: () => Buffer.concat(pieces).toString(),
    send(piece) {
      // Its memory is reused.
      pieces.push(Buffer.from(piece));
      return Promise.resolve();
    },
    yielder,
    deadline: Number.POSITIVE_INFINITY,
  };
}

/** The whole text of an answer. */
export async function writtenText(answer: SnapshotAnswer, snapshot: Snapshot): Promise<string> {
  const output = textOutput();
  await answer.write(snapshot, output);
  return output.text();
}

/** For views whose answers make no collection of their own. */
export const noCollection: Collect = () => Promise.reject(new Error('unexpected collection'));

import type { ComparedNode } from './recorded-node.ts';

/**
 * A kind of difference from the kubelet, and why it is one; with a kubelet's version or a node's name it is a difference
 * there only.
 */
export type Difference = readonly [pattern: RegExp, why: string, where?: string];

export type Differences = readonly Difference[];

/** Whether `words`, which describe something that differs on `node`, are of this kind. */
export function isOfKind([pattern, , where]: Difference, words: string, { kubelet, name }: ComparedNode): boolean {
  return (where === undefined || where === kubelet || where === name) && pattern.test(words);
}

/** Those of `words` for which no kind of difference is named. */
export function unexplained(words: Iterable<string>, known: Differences, node: ComparedNode): string[] {
  return [...words].filter((one) => !known.some((difference) => isOfKind(difference, one, node)));
}

/** Those of `differences` that occur on no node; `words` returns what differs on one. */
export async function neverSeen(
  differences: Differences,
  nodes: readonly ComparedNode[],
  words: (node: ComparedNode) => Promise<readonly string[]>,
): Promise<readonly Difference[]> {
  const unseen = new Set(differences);
  for (const node of nodes) {
    for (const one of await words(node)) {
      for (const difference of unseen) if (isOfKind(difference, one, node)) unseen.delete(difference);
    }
  }
  return [...unseen];
}

import { parser } from '@prometheus-io/lezer-promql';

/** A selector of series in an expression. */
interface Selector {
  readonly name: string;
  /** Offset at which a matcher can be inserted, and what has to surround it there. */
  readonly place: number;
  readonly isBare: boolean;
  readonly isFirst: boolean;
  readonly text: string;
}

/** Adds `job="…"` to every selector in a PromQL expression, except those of recorded series, which have no job. */
export function selectJob(expr: string, job: string): string {
  const matcher = `job=${JSON.stringify(job)}`;
  let selected = expr;
  for (const { name, place, isBare, isFirst } of selectorsOf(expr).toReversed()) {
    if (name.includes(':')) continue;
    const text = isBare ? `{${matcher}}` : isFirst ? matcher : `${matcher},`;
    selected = selected.slice(0, place) + text + selected.slice(place);
  }
  return selected;
}

/** The selectors of series in a PromQL expression, from left to right. Throws if it is not valid. */
export function selectorsOf(expr: string): readonly Selector[] {
  const found: Selector[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, node, from, to }) => {
      if (type.isError) throw new Error(`invalid PromQL at offset ${from}: ${expr}`);
      if (type.name !== 'VectorSelector') return;
      const matchers = node.getChild('LabelMatchers');
      const name = expr.slice(from, matchers?.from ?? to).trim();
      const inside = matchers === null ? '' : expr.slice(matchers.from + 1, matchers.to - 1).trim();
      found.push({
        name,
        place: matchers === null ? from + name.length : matchers.from + 1,
        isBare: matchers === null,
        isFirst: inside === '',
        text: expr.slice(from, to),
      });
    },
  });
  return found;
}

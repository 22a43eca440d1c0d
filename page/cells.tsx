import type { ComponentChildren, VNode } from 'preact';
import type { Cell } from './columns.ts';
import type { Problem } from './problems.ts';

/** A cell with a number, coloured if something is wrong with it; the tooltip explains why. */
export function NumberCell({ cell, problems }: { cell: Cell; problems: readonly Problem[] }): VNode {
  const { column, text } = cell;
  const problem = problems.find(({ number }) => number === column.id);
  return (
    <td class={classes('n', problem?.level ?? (text === '0' && 'zero'))} title={problem?.reason}>
      {text}
    </td>
  );
}

/** What is wrong, in a few words each. */
export function ProblemList({ problems }: { problems: readonly Problem[] }): VNode {
  return (
    <>
      {problems.map(({ level, short, reason }) => (
        <span key={short} class={`problem ${level}`} title={reason}>
          {short}
        </span>
      ))}
    </>
  );
}

/** A table that may be wider than the page; the keyboard scrolls it. */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }): VNode {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

/** Names of classes that are defined. */
export function classes(...names: readonly (string | false | undefined)[]): string {
  return names.filter(Boolean).join(' ');
}
